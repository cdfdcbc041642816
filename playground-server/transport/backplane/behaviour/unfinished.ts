import type { RequestId } from '../../json-rpc.ts';
import { type Case, eventually, read, record, roomy, roomyLog } from './case.ts';
import { check, same } from './check.ts';

const answer = '{"jsonrpc":"2.0","id":"r","error":{"code":-32000,"message":"lost"}}';

export const unfinishedCases: readonly Case[] = [
  {
    title: 'whoever owes an answer is known to the others, and the streams that wait for it',
    rules: ['B5'],
    needs: 'shared',
    async run({ one, two }) {
      await one.sessions.create(record('s'), roomy);
      const open = (stream: string, request: RequestId) =>
        one.logs.open('s', stream, roomyLog, { request, instance: 'first' });
      const [answered, cancelled] = [open('1', 'r'), open('2', 7)];
      open('3', '7');
      one.logs.open('s', '0', roomyLog);
      two.logs.open('s', '4', roomyLog, { request: 'own', instance: 'second' });
      const waiting = { session: 's', instance: 'first' };
      const listed = await eventually('all to be listed', async () => {
        const streams = await two.logs.unfinished('first');
        return streams.length >= 3 && streams;
      });
      same(
        [...listed].sort((a, b) => (a.stream < b.stream ? -1 : 1)),
        [
          { ...waiting, stream: '1', requests: ['r'] },
          { ...waiting, stream: '2', requests: [7] },
          { ...waiting, stream: '3', requests: ['7'] },
        ],
      );
      await answered.append({ json: '{}', last: true });
      await cancelled.end();
      for (const [view, self, other] of [
        [one, 'first', 'second'],
        [two, 'second', 'first'],
      ] as const) {
        const owing = await view.logs.owing(self);
        check(owing.includes(other) && !owing.includes(self), `${owing} may owe an answer, says ${self}`);
      }
      // One that has ended may stand there a little longer: to finish it does nothing.
      const left = await eventually('the others to leave', async () => {
        const streams = await two.logs.unfinished('first');
        return streams.length <= 1 && streams;
      });
      same(left, [{ ...waiting, stream: '3', requests: ['7'] }]);
      await one.logs.drop('s');
      await two.logs.finish({ ...waiting, stream: '3', requests: ['7'] }, [answer]);
      same(await one.logs.find('s', '3'), { kind: 'missing' });
    },
  },
  {
    title:
      'a stream of an instance that died is finished once, and what that one appends when it was only paused is refused',
    rules: ['B5'],
    needs: 'shared',
    async run({ one, two }) {
      await one.sessions.create(record('s'), roomy);
      const log = one.logs.open('s', '1', roomyLog, { request: 'r', instance: 'first' });
      await log.append({ json: '{"n":1}', last: false });
      const left = { session: 's', stream: '1', instance: 'first', requests: ['r'] };
      await Promise.all([one, two, two].map(({ logs }) => logs.finish(left, [answer])));
      same(await log.append({ json: '{"late":true}', last: true }), 0);
      same(await read(two.logs.open('s', '1', roomyLog), 0, 10), {
        events: [
          { number: 1, json: '{"n":1}' },
          { number: 2, json: answer },
        ],
        ended: true,
        trimmed: false,
        lastNumber: 2,
      });
      await eventually('it to leave', async () => (await two.logs.unfinished('first')).length === 0);
      await two.logs.finish({ ...left, stream: 'never was' }, [answer]);
      same(await one.logs.find('s', 'never was'), { kind: 'missing' });
    },
  },
  {
    title: 'the stream of a batch waits for all its answers, and is finished with those that are missing',
    rules: ['P6', 'B5'],
    needs: 'shared',
    async run({ one, two }) {
      await one.sessions.create(record('s'), roomy);
      const log = one.logs.open('s', '1', roomyLog, { batch: [1, '1', 'r'], instance: 'first' });
      await log.append({ json: '{"id":1}', last: false });
      const left = { session: 's', stream: '1', instance: 'first', requests: [1, '1', 'r'] };
      same(await eventually('it to be listed', async () => (await two.logs.unfinished('first')).at(0) ?? false), left);
      await two.logs.finish(left, ['{"id":"1"}', '{"id":"r"}']);
      same(await read(log, 0, 10), {
        events: [
          { number: 1, json: '{"id":1}' },
          { number: 2, json: '{"id":"1"}' },
          { number: 3, json: '{"id":"r"}' },
        ],
        ended: true,
        trimmed: false,
        lastNumber: 3,
      });
      await eventually('it to leave', async () => (await one.logs.unfinished('first')).length === 0);
      const answered = one.logs.open('s', '2', roomyLog, { batch: [1, 2], instance: 'first' });
      await two.logs.finish({ ...left, stream: '2', requests: [1, 2] }, []);
      same(await answered.append({ json: '{}', last: true }), 0);
    },
  },
];
