import { expect, test } from 'vitest';
import type { Actor, StoreEvent, WireEvent } from '../../playground-server/lab/wire.ts';
import { WireOrder } from '../../playground-server/lab/wire-order.ts';

/** An order whose clock stands still, and the names of what it has let through. */
function standing() {
  const passed: string[] = [];
  let nowMs = 0;
  const order = new WireOrder(
    ({ actor, body }) => passed.push(`${actor} ${nameOf(body)}`),
    () => nowMs,
    50,
  );
  const add = (actor: Actor, body: WireEvent['body'], place: object = { session: 's', stream: '2' }): void =>
    order.add({ event: { atMs: nowMs, actor, ...place, body } });
  return {
    passed,
    asks: (actor: Actor, operation: Extract<StoreEvent, { type: 'store-called' }>['operation'], outcome: string) =>
      add(actor, { type: 'store-called', operation, outcome, durationMs: 0 }),
    publishes: (actor: Actor, message: string) =>
      add(actor, { type: 'store-called', operation: 'messages.publish', outcome: 'sent', durationMs: 0, message }),
    hears: (actor: Actor, message: string) => add(actor, { type: 'message-delivered', message }),
    writes: (actor: Actor, eventId: string) =>
      add(actor, { type: 'event-written', kind: 'message', eventId, bytes: '' }),
    pass: (ms: number) => {
      nowMs += ms;
      order.flush();
    },
  };
}

function nameOf(body: WireEvent['body']): string {
  if (body.type === 'store-called') return `${body.operation} ${body.outcome}`;
  if (body.type === 'event-written') return `writes ${body.eventId}`;
  return body.type === 'message-delivered' ? `hears ${body.message}` : body.type;
}

test('an event that another process logged is written after it was logged', () => {
  const { passed, asks, writes } = standing();
  asks('p1', 'logs.open', 'opened');
  asks('p1', 'logs.append', 'number 1');
  writes('p2', '2.1');
  writes('p2', '2.2');
  expect(passed).toEqual(['p1 logs.open opened', 'p1 logs.append number 1', 'p2 writes 2.1']);
  asks('p3', 'logs.finish', 'ended');
  expect(passed.slice(3)).toEqual(['p3 logs.finish ended', 'p2 writes 2.2']);
});

test('a message is heard after it was sent, by each process once for each time', () => {
  const { passed, publishes, hears } = standing();
  hears('p2', 'answer');
  hears('p3', 'answer');
  expect(passed).toEqual([]);
  publishes('p1', 'answer');
  expect(passed).toEqual(['p1 messages.publish sent', 'p2 hears answer', 'p3 hears answer']);
  hears('p2', 'answer');
  expect(passed).toHaveLength(3);
  publishes('p1', 'answer');
  expect(passed.slice(3)).toEqual(['p1 messages.publish sent', 'p2 hears answer']);
});

test('what a killed process never told is not waited for in vain, and is not waited for twice', () => {
  const { passed, asks, writes, pass } = standing();
  asks('p1', 'logs.open', 'opened');
  writes('p2', '2.1');
  pass(51);
  expect(passed.at(-1)).toBe('p2 writes 2.1');
  asks('p3', 'logs.append', 'number 2, the last');
  writes('p2', '2.2');
  expect(passed.slice(-2)).toEqual(['p3 logs.append number 2, the last', 'p2 writes 2.2']);
});
