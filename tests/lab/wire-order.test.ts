import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Actor, WireEvent } from '../../playground-server/lab/wire.ts';
import type { Unnumbered } from '../../playground-server/lab/wire-log.ts';
import { type Arrival, longestHoldMs, WireOrder } from '../../playground-server/lab/wire-order.ts';
import { until } from '../setup/until.ts';

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

function collect(now = () => performance.now()): { order: WireOrder; seen: Unnumbered[]; types: () => string[] } {
  const seen: Unnumbered[] = [];
  return {
    seen,
    types: () => seen.map(({ body }) => body.type),
    order: new WireOrder((event) => seen.push(event), now),
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
  expect(performance.now() - beganMs).toBeGreaterThanOrEqual(longestHoldMs - 1);
  expect(types().slice(2)).toEqual(['response-head', 'bytes-forwarded', 'response-end']);
});

test('an answer of the router itself waits for nobody', () => {
  const { order, types } = collect(() => 0);
  const failed = arrival('router', { type: 'process-failed', process: 'p1', why: '' });
  for (const each of [arrived, chosen, failed, head, end('server')]) order.add(each);
  expect(types()).toHaveLength(5);
});
