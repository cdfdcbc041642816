import { expect, test } from 'vitest';
import type { WireEvent } from '../../playground-server/lab/wire.ts';
import { type Unnumbered, WireLog } from '../../playground-server/lab/wire-log.ts';

const event = (why = ''): Unnumbered => ({
  atMs: 1,
  actor: 'router',
  body: { type: 'process-chosen', process: 'p1', why },
});
const parsed = (log: WireLog, after: number) => log.read(after).map(({ json }) => JSON.parse(json) as WireEvent);
const ids = (log: WireLog, after: number) => parsed(log, after).map(({ id }) => id);

test('gives out ids from 1 and reads what follows any of them', () => {
  const log = new WireLog(10, 1e6);
  expect(log.read(0)).toEqual([]);
  for (let i = 0; i < 3; i++) log.append(event());
  expect(ids(log, 0)).toEqual([1, 2, 3]);
  expect(ids(log, 2)).toEqual([3]);
  expect(ids(log, 3)).toEqual([]);
  expect(log.lastId).toBe(3);
});

test('keeps so many events, and says what is gone under the id before the first kept', () => {
  const log = new WireLog(3, 1e6);
  for (let i = 0; i < 5; i++) log.append(event());
  expect(log.size.events).toBe(3);
  expect(parsed(log, 1)[0]).toMatchObject({ id: 2, actor: 'supervisor', body: { type: 'log-gap', firstKept: 3 } });
  expect(ids(log, 0)).toEqual([2, 3, 4, 5]);
  // Who had event 2 missed nothing, and so does who resumes from the gap.
  expect(ids(log, 2)).toEqual([3, 4, 5]);
});

test('keeps so many bytes, but always the newest event', () => {
  const log = new WireLog(100, 1000);
  for (let i = 0; i < 10; i++) log.append(event('x'.repeat(300)));
  expect(log.size.bytes).toBeLessThanOrEqual(1000);
  expect(ids(log, 9)).toEqual([10]);
  log.append(event('x'.repeat(5000)));
  expect(ids(log, 10)).toEqual([11]);
  expect(log.size.events).toBe(1);
  log.append(event());
  expect(log.size.bytes).toBeLessThan(200);
});

test('calls a reader back once, at the next event or at the end', () => {
  const log = new WireLog(10, 1e6);
  let calls = 0;
  const count = (): void => {
    calls++;
  };
  log.onMore(count);
  log.append(event());
  log.append(event());
  expect(calls).toBe(1);
  log.onMore(count)();
  log.append(event());
  expect(calls).toBe(1);
  log.onMore(count);
  log.end();
  expect(calls).toBe(2);
  expect(log.ended).toBe(true);
  log.append(event());
  expect(log.lastId).toBe(3);
});
