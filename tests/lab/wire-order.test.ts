import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Actor, WireEvent } from '../../playground-server/lab/wire.ts';
import type { Unnumbered } from '../../playground-server/lab/wire-log.ts';
import { type Arrival, WireOrder } from '../../playground-server/lab/wire-order.ts';
import { until } from '../setup/until.ts';

const holdMs = 50;
type Body = WireEvent['body'];
const arrival = (actor: Actor, body: Body, bytes?: number, exchange = 'x1'): Arrival => ({
  event: { atMs: 0, actor, exchange, body },
  ...(bytes !== undefined && { bytes }),
});

const arrived = arrival('router', { type: 'request-arrived', method: 'POST', target: '', headers: [], client: '' });
const chosen = arrival('router', { type: 'process-chosen', process: 'p1', why: '' });
const sentBody = arrival('router', { type: 'request-body', body: 'b', bodyBytes: 1 });
const received = arrival('p1', { type: 'request-received', method: 'POST', headers: [] });
const receivedBody = arrival('p1', { type: 'body-received', body: 'b' }, 1);
const written = (bytes: number) => arrival('p1', { type: 'event-written', kind: 'message', bytes: '' }, bytes);
const closed = (by: 'client' | 'server') => arrival('p1', { type: 'connection-closed', by });
const head = arrival('router', { type: 'response-head', status: 200, headers: [] });
const forwarded = (bytes: number) => arrival('router', { type: 'bytes-forwarded', text: '', bytes }, bytes);
const end = (by: 'client' | 'server') => arrival('router', { type: 'response-end', by });

/** One exchange as router and worker tell it, each in its own order. */
const told = {
  router: [arrived, chosen, sentBody, head, forwarded(10), forwarded(11), end('server')],
  worker: [received, receivedBody, written(10), written(5), written(6), closed('server')],
};

/** The same exchange under another name, at another worker, in the order in which it really happens. */
function exchangeAt(actor: Actor, exchange: string): Arrival[] {
  const [arrives, chooses, forwardsBody, answers, forwards, forwardsRest, ends] = told.router as Arrival[];
  const [receives, receivesBody, writes, writesMore, writesLast, closes] = told.worker as Arrival[];
  return [
    [arrives, chooses, receives, forwardsBody, receivesBody, writes, answers, forwards],
    [writesMore, writesLast, forwardsRest, closes, ends],
  ]
    .flat()
    .map((each) => {
      const { event, ...size } = each as Arrival;
      return { ...size, event: { ...event, exchange, actor: event.actor === 'router' ? 'router' : actor } };
    });
}

/** One list of them all, in which each keeps its own order. */
function merged(lists: readonly (readonly Arrival[])[], random: Iterator<number>): Arrival[] {
  const rest = lists.map((list) => [...list]);
  const all: Arrival[] = [];
  for (;;) {
    const left = rest.filter((list) => list.length > 0);
    if (left.length === 0) return all;
    all.push(left[(random.next().value as number) % left.length]?.shift() as Arrival);
  }
}

function collect(now = () => performance.now()): { order: WireOrder; seen: Unnumbered[]; types: () => string[] } {
  const seen: Unnumbered[] = [];
  return {
    seen,
    types: () => seen.map(({ body }) => body.type),
    order: new WireOrder((event) => seen.push(event), now, holdMs),
  };
}

describe("whatever a worker's channel delays", () => {
  test('no effect comes before its cause, and each tells its events in its own order', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 13 }), (turns) => {
        // Time stands still: nothing is let go because it waited too long.
        const { order, seen } = collect(() => 0);
        const rest = { router: [...told.router], worker: [...told.worker] };
        for (const turn of turns) {
          const next = (turn ? rest.worker : rest.router).shift();
          if (next) order.add(next);
        }
        for (const left of [...rest.router, ...rest.worker]) order.add(left);

        expect(seen.filter(({ actor }) => actor === 'router')).toEqual(told.router.map(({ event }) => event));
        expect(seen.filter(({ actor }) => actor === 'p1')).toEqual(told.worker.map(({ event }) => event));
        const at = ({ event }: Arrival) => seen.indexOf(event);
        expect(at(received)).toBeGreaterThan(at(chosen));
        expect(at(receivedBody)).toBeGreaterThan(at(sentBody));
        const [, , firstWritten, , lastWritten, lastWord] = told.worker as [Arrival, Arrival, ...Arrival[]];
        expect(at(head)).toBeGreaterThan(at(firstWritten as Arrival));
        expect(at(told.router[5] as Arrival)).toBeGreaterThan(at(lastWritten as Arrival));
        expect(at(told.router[6] as Arrival)).toBeGreaterThan(at(lastWord as Arrival));
      }),
    );
  });

  test('the same with many exchanges at four workers, each of which is late in its own way', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 8 }),
        fc.infiniteStream(fc.nat()),
        (workers, random) => {
          const exchanges = workers.map((n, i) => exchangeAt(`p${n}`, `x${i}`));
          const real = merged(exchanges, random);
          const lanes = ['router', 'p1', 'p2', 'p3', 'p4'].map((lane) =>
            real.filter(({ event }) => event.actor === lane),
          );
          const { order, seen } = collect(() => 0);
          for (const each of merged(lanes, random)) order.add(each);

          // Time stands still, and yet all are there: no lane waits for what waits for it.
          expect(seen).toHaveLength(real.length);
          for (const lane of lanes) {
            const actor = lane[0]?.event.actor;
            expect(seen.filter((event) => event.actor === actor)).toEqual(lane.map(({ event }) => event));
          }
          for (const [i, each] of exchanges.entries()) {
            const types = seen.filter(({ exchange }) => exchange === `x${i}`).map(({ body }) => body.type);
            const first = (type: Body['type']) => types.indexOf(type);
            const last = (type: Body['type']) => types.lastIndexOf(type);
            expect(types).toHaveLength(each.length);
            expect(first('process-chosen')).toBeLessThan(first('request-received'));
            expect(first('request-body')).toBeLessThan(first('body-received'));
            expect(first('event-written')).toBeLessThan(first('response-head'));
            expect(last('event-written')).toBeLessThan(last('bytes-forwarded'));
            expect(first('connection-closed')).toBeLessThan(first('response-end'));
          }
        },
      ),
    );
  });

  test('bytes are not forwarded before they were written, all of them', () => {
    const { order, types } = collect(() => 0);
    for (const each of [arrived, chosen, received, written(10), head, forwarded(11)]) order.add(each);
    expect(types().at(-1)).toBe('response-head');
    order.add(written(1));
    expect(types().slice(-2)).toEqual(['event-written', 'bytes-forwarded']);
  });

  test('a client that goes is seen by the router first', () => {
    const { order, types } = collect(() => 0);
    for (const each of [arrived, chosen, received, written(1), closed('client')]) order.add(each);
    expect(types().at(-1)).toBe('event-written');
    order.add(end('client'));
    expect(types().slice(-2)).toEqual(['response-end', 'connection-closed']);
  });
});

test('a process has told all it will tell before its end is told', () => {
  const { order, seen, types } = collect(() => 0);
  const at = (exchange: string, { event, ...size }: Arrival, actor = event.actor): Arrival => {
    return { ...size, event: { ...event, exchange, actor } };
  };
  for (const each of [arrived, chosen, head]) order.add(at('x2', each));
  // The router's lane waits for what the other process has to say.
  for (const each of [arrived, chosen, received]) order.add(at('x1', each));
  const exited: Body = { type: 'process-exited', process: 'p1', pid: 1, code: 0, signal: null };
  order.add({ event: { atMs: 0, actor: 'supervisor', body: exited } });
  expect(types()).toEqual(['request-arrived', 'process-chosen']);
  order.add(at('x2', written(1), 'p2'));
  expect(seen.slice(2).map(({ actor, body }) => `${actor} ${body.type}`)).toEqual([
    'p2 event-written',
    'router response-head',
    'router request-arrived',
    'router process-chosen',
    'p1 request-received',
    'supervisor process-exited',
  ]);
});

test('events of one actor never overtake each other', () => {
  const { order, seen } = collect(() => 0);
  order.add({ event: { ...received.event, exchange: 'x2' } });
  order.add(arrival('p1', { type: 'session-found' }, undefined, 'x9'));
  expect(seen).toEqual([]);
  order.flush();
  expect(seen.map(({ exchange }) => exchange)).toEqual(['x2', 'x9']);
});

test('what never comes is waited for 50 ms, and not longer', async () => {
  const { order, types } = collect();
  const beganMs = performance.now();
  for (const each of [arrived, chosen, head, forwarded(3), end('server')]) order.add(each);
  expect(types()).toEqual(['request-arrived', 'process-chosen']);
  await until('the rest', () => types().length === 5);
  expect(performance.now() - beganMs).toBeGreaterThanOrEqual(holdMs - 1);
  expect(types().slice(2)).toEqual(['response-head', 'bytes-forwarded', 'response-end']);
});

test('an answer of the router itself waits for nobody', () => {
  const { order, types } = collect(() => 0);
  const failed = arrival('router', { type: 'process-failed', process: 'p1', why: '' });
  for (const each of [arrived, chosen, failed, head, end('server')]) order.add(each);
  expect(types()).toHaveLength(5);
});
