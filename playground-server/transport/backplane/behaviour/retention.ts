import type { StreamLog } from '../backplane.ts';
import { type Case, range, read, record, roomy, roomyLog } from './case.ts';
import { check, same } from './check.ts';

/** An event of some 300 bytes. */
const padded = (n: number): string => JSON.stringify({ n, text: 'x'.repeat(280) });

async function fill(log: StreamLog, from: number, to: number, json = padded): Promise<void> {
  for (const n of range(from, to)) same(await log.append({ json: json(n), last: false }), n);
}

/** What is kept of a stream, which has to be its latest events without a gap. */
async function keptOf(log: StreamLog, lastNumber: number): Promise<{ numbers: number[]; bytes: number }> {
  const { events, trimmed } = await read(log, 0, 1000);
  const numbers = events.map(({ number }) => number);
  same(numbers, range(lastNumber - numbers.length + 1, lastNumber));
  same(trimmed, numbers.length < lastNumber);
  return { numbers, bytes: events.reduce((sum, { json }) => sum + json.length, 0) };
}

export const retentionCases: readonly Case[] = [
  {
    title: 'past their number the oldest events of a stream go, and a reader that missed some is told',
    rules: ['R2', 'R4'],
    async run({ one, two }) {
      await one.sessions.create(record('s'), roomy);
      const bounds = { ...roomyLog, maxEvents: 4 };
      await fill(one.logs.open('s', '0', bounds), 1, 10);
      const log = two.logs.open('s', '0', bounds);
      same((await keptOf(log, 10)).numbers, range(7, 10));
      same((await read(log, 5, 10)).trimmed, true);
      same((await read(log, 6, 10)).trimmed, false);
      same(await log.unread(), 6);
    },
  },
  {
    title: 'past their bytes the oldest events of a stream go, but never the newest, whatever its size',
    rules: ['R4'],
    async run({ one, two }) {
      await one.sessions.create(record('s'), roomy);
      const bounds = { ...roomyLog, maxBytes: 2000 };
      const log = one.logs.open('s', '0', bounds);
      await fill(log, 1, 10);
      const kept = await keptOf(two.logs.open('s', '0', bounds), 10);
      check(kept.bytes <= 2000 && kept.numbers.length >= 2, `${kept.bytes} bytes in ${kept.numbers.length} events`);
      const json = JSON.stringify('x'.repeat(5000));
      same(await log.append({ json, last: true }), 11);
      same(await read(two.logs.open('s', '0', bounds), 10, 10), {
        events: [{ number: 11, json }],
        ended: true,
        trimmed: false,
        lastNumber: 11,
      });
    },
  },
  {
    title: 'what a connection has still to be given is spared, up to so many bytes, and no longer than it reads',
    rules: ['E9'],
    async run({ one }) {
      await one.sessions.create(record('s'), roomy);
      const log = one.logs.open('s', '0', { ...roomyLog, maxEvents: 3 });
      log.spareAfter(0, 100_000);
      await fill(log, 1, 10);
      same((await keptOf(log, 10)).numbers, range(1, 10));
      log.spareAfter(6, 100_000);
      await fill(log, 11, 11);
      same(
        (await read(log, 6, 100)).events.map(({ number }) => number),
        range(7, 11),
      );
      log.spareAfter(6, 2000);
      await fill(log, 12, 20);
      const kept = await keptOf(log, 20);
      check(kept.bytes <= 2000 && kept.numbers.length > 3, `${kept.bytes} bytes in ${kept.numbers.length} events`);
      log.spareAfter(null, 0);
      await fill(log, 21, 21);
      same((await keptOf(log, 21)).numbers, range(19, 21));
    },
  },
  {
    title: 'past the bytes of a session its oldest finished streams go, and whose answer is lost is known',
    rules: ['R2', 'R4'],
    async run({ one, two }) {
      await one.sessions.create(record('s'), roomy);
      const bounds = { ...roomyLog, maxSessionBytes: 10_000 };
      const running = one.logs.open('s', '1', bounds, { request: 0 });
      await running.append({ json: '{}', last: false });
      for (const [name, request] of [
        ['2', 'two'],
        ['3', 3],
        ['4', '4'],
      ] as const) {
        const log = one.logs.open('s', name, bounds, { request });
        await log.append({ json: JSON.stringify('x'.repeat(2000)), last: false });
        await log.append({ json: '{"result":{}}', last: true });
        if (name === '3') log.delivered();
      }
      const growing = two.logs.open('s', '5', bounds, { request: 5 });
      const order: string[] = [];
      for (let n = 1; order.length < 3; n++) {
        check(n < 100, `only the streams ${order} went in ${n} events`);
        await growing.append({ json: padded(n), last: false });
        for (const name of ['2', '3', '4']) {
          if (!order.includes(name) && (await one.logs.find('s', name)).kind !== 'kept') order.push(name);
        }
      }
      same(order, ['2', '3', '4']);
      same(await two.logs.find('s', '2'), { kind: 'dropped', request: 'two', lastNumber: 2 });
      same(await two.logs.find('s', '4'), { kind: 'dropped', request: '4', lastNumber: 2 });
      same(await two.logs.find('s', '3'), { kind: one.shared ? 'finished' : 'missing' });
      same((await one.logs.find('s', '1')).kind, 'kept');
    },
  },
  {
    title: 'where no finished stream is left to go, the oldest events go of the one that grows',
    rules: ['R4'],
    async run({ one, two }) {
      await one.sessions.create(record('s'), roomy);
      const bounds = { ...roomyLog, maxSessionBytes: 3000 };
      const log = one.logs.open('s', '0', bounds);
      await fill(log, 1, 10);
      // No more than has to: each that comes makes room for itself.
      for (const last of range(11, 20)) {
        await fill(log, last, last);
        const { bytes, numbers } = await keptOf(two.logs.open('s', '0', bounds), last);
        check(bytes <= 3000 && numbers.length >= 3, `${bytes} bytes in ${numbers.length} events`);
      }
      // As much as it needs.
      await fill(log, 21, 21, () => JSON.stringify('x'.repeat(2000)));
      const { bytes } = await keptOf(two.logs.open('s', '0', bounds), 21);
      check(bytes <= 3000, `${bytes} bytes, with a large event`);
    },
  },
  {
    title: 'an event that is too old is not given, but always the newest',
    rules: ['R4'],
    needs: 'settableClock',
    async run({ one, two, pass }) {
      await one.sessions.create(record('s'), roomy);
      const bounds = { ...roomyLog, maxAgeMs: 1000 };
      await fill(one.logs.open('s', '0', bounds), 1, 2);
      pass(600);
      await fill(one.logs.open('s', '0', bounds), 3, 4);
      const log = two.logs.open('s', '0', bounds);
      same((await keptOf(log, 4)).numbers, range(1, 4));
      pass(400);
      same((await keptOf(log, 4)).numbers, [3, 4]);
      same(await log.unread(), 2);
      pass(100_000);
      same((await keptOf(log, 4)).numbers, [4]);
    },
  },
  {
    title: 'a stream that was delivered to its end is kept for half a minute, and one that was not stays',
    rules: ['R1', 'R4'],
    needs: 'settableClock',
    async run({ one, two, pass }) {
      await one.sessions.create(record('s'), roomy);
      for (const [name, last] of [
        ['1', true],
        ['2', true],
        ['3', false],
      ] as const) {
        const log = one.logs.open('s', name, roomyLog, { request: name });
        await log.append({ json: '{}', last });
        if (name === '1') log.delivered();
      }
      const kinds = async () => {
        await Promise.all([one, two].map(({ logs }) => logs.sweep()));
        const found = await Promise.all(['1', '2', '3'].map((name) => one.logs.find('s', name)));
        return found.map(({ kind }) => kind);
      };
      pass(29_999);
      same(await kinds(), ['kept', 'kept', 'kept']);
      pass(1);
      same(await kinds(), [one.shared ? 'finished' : 'missing', 'kept', 'kept']);
    },
  },
];
