import type { LoggedEvent, StreamLog } from '../backplane.ts';
import { type Case, eventually, type Given, range, read, record, roomy, roomyLog } from './case.ts';
import { check, same } from './check.ts';

const event = (number: number): LoggedEvent => ({ number, json: `{"n":${number}}` });

/** The same stream, as two processes have it. */
const openBoth = ({ one, two }: Given, stream: string): [StreamLog, StreamLog] => [
  one.logs.open('s', stream, roomyLog),
  two.logs.open('s', stream, roomyLog),
];

export const logCases: readonly Case[] = [
  {
    title: 'the events of a stream are numbered without gap, whoever appends them, and given in that order',
    rules: ['E6', 'R1'],
    async run(given) {
      await given.one.sessions.create(record('s'), roomy);
      const logs = openBoth(given, '1');
      const jsons = range(1, 40).map((n) => `{"n":${n}}`);
      const numbers = await Promise.all(
        jsons.map((json, index) => logs[index % 2 ? 1 : 0].append({ json, last: false })),
      );
      same(
        [...numbers].sort((a, b) => Number(a) - Number(b)),
        range(1, 40),
      );
      const expected = range(1, 40).map((number) => ({ number, json: jsons[numbers.indexOf(number)] }));
      for (const log of logs) {
        const { events, ...rest } = await read(log, 0, 100);
        same(events, expected);
        same(rest, { ended: false, trimmed: false, lastNumber: 40 });
      }
    },
  },
  {
    title: 'a reader is given what follows a number, so many events at a time, and told when nothing follows any more',
    rules: ['E9', 'R1'],
    async run({ one, two }) {
      await one.sessions.create(record('s'), roomy);
      const log = one.logs.open('s', '1', roomyLog);
      for (const n of range(1, 5)) same(await log.append({ json: event(n).json, last: n === 5 }), n);
      const found = await two.logs.find('s', '1');
      check(found.kind === 'kept', `a stream that was just written is ${found.kind}`);
      const rest = { trimmed: false, lastNumber: 5 };
      same(await read(found.log, 0, 2), { events: [event(1), event(2)], ended: false, ...rest });
      same(await read(found.log, 2, 2), { events: [event(3), event(4)], ended: false, ...rest });
      same(await read(found.log, 4, 2), { events: [event(5)], ended: true, ...rest });
      same(await read(found.log, 5, 2), { events: [], ended: true, ...rest });
    },
  },
  {
    title: 'what follows the last event is refused',
    rules: ['E10', 'B5'],
    async run(given) {
      await given.one.sessions.create(record('s'), roomy);
      const logs = openBoth(given, '1');
      const numbers = await Promise.all(
        range(1, 10).map((n) => logs[n % 2 ? 1 : 0].append({ json: `{"n":${n}}`, last: true })),
      );
      same([...numbers].sort(), [...Array<number>(9).fill(0), 1]);
      for (const log of logs) same(await log.append({ json: '{}', last: false }), 0);
    },
  },
  {
    title: 'a stream may end without a last event',
    rules: ['P15', 'E10'],
    async run(given) {
      await given.one.sessions.create(record('s'), roomy);
      const [log, other] = openBoth(given, '1');
      await log.append({ json: event(1).json, last: false });
      await log.end();
      same(await other.append({ json: '{}', last: false }), 0);
      const slice = await read(other, 0, 10);
      same(slice, { events: [event(1)], ended: true, trimmed: false, lastNumber: 1 });
    },
  },
  {
    title: 'a broadcast is appended once, though every process appends it',
    rules: ['E5', 'B8'],
    async run(given) {
      await given.one.sessions.create(record('s'), roomy);
      const logs = openBoth(given, '0');
      for (const n of range(1, 5)) {
        const appends = range(1, 6).map((k) =>
          logs[k % 2 ? 1 : 0].append({ json: event(n).json, last: false, broadcast: `broadcast ${n}` }),
        );
        const numbers = await Promise.all(appends);
        same([...numbers].sort(), [0, 0, 0, 0, 0, n]);
      }
      same((await read(logs[1], 0, 10)).events, range(1, 5).map(event));
    },
  },
  {
    title: 'a message is given as it was encoded, to the byte',
    rules: ['E6'],
    async run({ one, two }) {
      await one.sessions.create(record('s'), roomy);
      const jsons = ['{}', '{"a":"é✓😀\\u2028\\n\\"\\\\"}', `"${'x'.repeat(100_000)}"`, '{"\\u0000":" "}', '[1.0,1e3]'];
      const log = one.logs.open('s', '1', roomyLog);
      for (const json of jsons) await log.append({ json, last: false });
      const { events } = await read(two.logs.open('s', '1', roomyLog), 0, 10);
      same(
        events.map(({ json }) => json),
        jsons,
      );
    },
  },
  {
    title: 'streams are kept apart, those of one session and of two, whatever their names',
    rules: ['E4', 'R1'],
    async run({ one, two }) {
      const places = ['s', 's:1', 's 1', '1'].flatMap((session) =>
        ['0', '1', '1:0'].map((name) => ({ session, name })),
      );
      for (const session of new Set(places.map(({ session }) => session))) {
        await one.sessions.create(record(session), roomy);
      }
      const jsonOf = ({ session, name }: { session: string; name: string }) => JSON.stringify([session, name]);
      for (const place of places) {
        same(await one.logs.open(place.session, place.name, roomyLog).append({ json: jsonOf(place), last: false }), 1);
      }
      for (const place of places) {
        const { events } = await read(two.logs.open(place.session, place.name, roomyLog), 0, 10);
        same(events, [{ number: 1, json: jsonOf(place) }]);
      }
      same(await two.logs.find('s', '2'), { kind: 'missing' });
      same(await two.logs.find('nobody', '0'), { kind: 'missing' });
    },
  },
  {
    title: "dropping a session forgets all its streams, and no other's",
    rules: ['S3'],
    async run({ one, two }) {
      for (const session of ['s', 't']) {
        await one.sessions.create(record(session), roomy);
        for (const name of ['0', '1']) await one.logs.open(session, name, roomyLog).append({ json: '{}', last: false });
      }
      await two.logs.drop('s');
      for (const view of [one, two]) {
        for (const name of ['0', '1']) {
          same(await view.logs.find('s', name), { kind: 'missing' });
          same((await view.logs.find('t', name)).kind, 'kept');
        }
      }
    },
  },
  {
    title: 'a new reader goes on after what any connection was given',
    rules: ['E3'],
    async run(given) {
      await given.one.sessions.create(record('s'), roomy);
      const [log, other] = openBoth(given, '0');
      same(await log.unread(), 0);
      for (const n of range(1, 5)) await log.append({ json: event(n).json, last: false });
      log.spareAfter(3, 1000);
      await eventually('the other process to know', async () => (await other.unread()) === 3);
      other.spareAfter(4, 1000);
      await eventually('either to know', async () => (await log.unread()) === 4 && (await other.unread()) === 4);
      // A connection that resumed further back takes nothing back, nor does one that leaves.
      log.spareAfter(1, 1000);
      log.spareAfter(null, 0);
      await log.append({ json: event(6).json, last: false });
      same(await log.unread(), 4);
    },
  },
  {
    title: 'a connection that takes a stream over has a higher number than any before',
    rules: ['R3', 'B8'],
    async run(given) {
      await given.one.sessions.create(record('s'), roomy);
      const logs = openBoth(given, '0');
      await logs[0].append({ json: '{}', last: false });
      let highest = 0;
      for (const n of range(1, 6)) {
        const number = Number(await logs[n % 2 ? 1 : 0].takeOver());
        check(number > highest, `${number} follows ${highest}`);
        highest = number;
      }
      const atOnce = await Promise.all(range(1, 10).map((n) => logs[n % 2 ? 1 : 0].takeOver()));
      same(new Set(atOnce).size, 10);
      check(
        atOnce.every((number) => Number(number) > highest),
        `${atOnce} follow ${highest}`,
      );
    },
  },
];
