import { describe, expect, test } from 'vitest';
import { checklistOf } from '../../src/playground/model/checklist.ts';
import { gatherExchanges } from '../../src/playground/model/exchanges.ts';
import { explain } from '../../src/playground/model/explain.ts';
import { faultsAfter } from '../../src/playground/model/faults-seen.ts';
import { layout } from '../../src/playground/model/layout.ts';
import type { ArrowRow, Row } from '../../src/playground/model/rows.ts';
import { rowInWords } from '../../src/playground/model/summary.ts';
import { wireEvents } from './wire-events.ts';

const version: [string, string] = ['mcp-protocol-version', '2026-07-28'];
const words = (rows: readonly Row[]): string[] => rows.map(rowInWords);

/** A listening client, which hears one change, and leaves. */
function listening() {
  const log = wireEvents();
  log.forked();
  log.choose('x1', 'p3', [version], { jsonrpc: '2.0', id: 7, method: 'subscriptions/listen', params: {} });
  log.add('p3', { exchange: 'x1' }, { type: 'stream-opened', request: { method: 'subscriptions/listen', id: 7 } });
  const acknowledged = { jsonrpc: '2.0', method: 'notifications/subscriptions/acknowledged', params: {} };
  const changed = { jsonrpc: '2.0', method: 'notifications/tools/list_changed', params: {} };
  const head = () =>
    log.add(
      'router',
      { exchange: 'x1' },
      { type: 'response-head', status: 200, headers: [['content-type', 'text/event-stream']] },
    );
  log.write({ exchange: 'x1' }, `data: ${JSON.stringify(acknowledged)}\n\n`, 'message', undefined, head);
  log.add('supervisor', {}, { type: 'emit-requested', process: 'p3', method: changed.method });
  log.write({ exchange: 'x1' }, `data: ${JSON.stringify(changed)}\n\n`, 'message');
  return log;
}

describe('the modern era in the figure', () => {
  test('a subscription is a stream of its exchange: a bar, and no session', () => {
    const log = listening();
    const rows = layout(log.events);
    expect(words(rows)).toEqual([
      'you to p3: POST subscriptions/listen',
      'p3 to you: 200 subscriptions/acknowledged',
      'p3 emits notifications/tools/list_changed',
      'p3 to you: tools/list_changed',
    ]);
    expect(rows.map(({ tracks }) => tracks.map(({ part }) => part))).toEqual([[], ['start'], ['through'], ['through']]);
    expect(rows.some((row) => 'session' in row)).toBe(false);
    expect((rows[0] as ArrowRow).outcome).toBe('open');
  });

  test('when its client leaves it ends, and was served', () => {
    const log = listening();
    log.add('router', { exchange: 'x1' }, { type: 'response-end', by: 'client' });
    const rows = layout(log.events);
    expect(words(rows).at(-1)).toBe('you to p3: its stream: connection closed');
    expect((rows[0] as ArrowRow).outcome).toBe('answered');
  });

  test('each of its rows is explained from its own revision', () => {
    const log = listening();
    log.add('router', { exchange: 'x1' }, { type: 'response-end', by: 'client' });
    const exchange = gatherExchanges(log.events).get('x1');
    const arrows = layout(log.events).filter(({ kind }) => kind !== 'note');
    for (const row of arrows) expect(explain(row, exchange).source?.text).toBe('2026-07-28 · Subscriptions');
    expect(new Set(arrows.map((row) => explain(row, exchange).lead)).size).toBe(arrows.length);
  });

  test('a result that asks is no answer, and the retry says that it brings one', () => {
    const log = wireEvents();
    log.began();
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'ask' } };
    log.request('x1', 'POST', [version, ['mcp-method', 'tools/call'], ['mcp-name', 'ask']], call);
    log.answer('x1', 200, [], '{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","requestState":"s"}}');
    const asked = checklistOf(log.events, 'browser').find(({ id }) => id === 'answers');
    expect(asked?.verdict).toBe('wrong');
    const again = { ...call, id: 2, params: { name: 'ask', inputResponses: {}, requestState: 's' } };
    log.request('x2', 'POST', [version, ['mcp-method', 'tools/call']], again);
    log.answer('x2', 200, [], '{"jsonrpc":"2.0","id":2,"result":{"resultType":"complete"}}');
    expect(words(layout(log.events))).toEqual([
      'you to p1: POST ask',
      'p1 to you: 200 input required',
      'you to p1: POST ask with the answers',
      'p1 to you: 200 result',
    ]);
    const verdicts = checklistOf(log.events, 'browser').map(({ id, verdict }) => [id, verdict]);
    expect(verdicts).toEqual([
      ['accept', 'wrong'],
      ['version', 'right'],
      ['mirrors', 'wrong'],
      ['answers', 'right'],
    ]);
  });
});

test('faults are notes at the router, and last until they are taken back', () => {
  const log = wireEvents();
  log.began();
  const inject = (fault: Parameters<typeof Object>[0]) =>
    log.add('supervisor', {}, { type: 'fault-injected', fault } as never);
  inject({ kind: 'buffer', bytes: 4096 });
  inject({ kind: 'cut-idle', ms: 2000 });
  expect(faultsAfter(log.events)).toEqual({ delayMs: 0, bufferBytes: 4096, cutIdleMs: 2000 });
  inject({ kind: 'buffer', bytes: 0 });
  inject({ kind: 'drop-connection', stream: '1', session: '3f2a…9c' });
  inject({ kind: 'expire-session', id: '3f2a…9c' });
  expect(faultsAfter(log.events)).toEqual({ delayMs: 0, bufferBytes: 0, cutIdleMs: 2000 });
  const rows = layout(log.events);
  expect(words(rows)).toEqual([
    'fault: answers are held back until 4096 bytes',
    'fault: answers that are quiet for 2000 ms are cut',
    'buffer taken back',
    'fault: the connection of stream 1 is cut',
    'fault: session 3f2a…9c expires',
  ]);
  expect(rows.map((row) => row.session)).toEqual([undefined, undefined, undefined, '3f2a…9c', '3f2a…9c']);
  expect(new Set(rows.map((row) => explain(row, undefined).lead)).size).toBe(5);
});
