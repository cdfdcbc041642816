import { describe, expect, test } from 'vitest';
import { exportWire } from '../../playground-server/lab/export/index.ts';
import type { ProcessName, StoreEvent } from '../../playground-server/lab/wire.ts';
import { explain } from '../../src/playground/model/explain.ts';
import { layout } from '../../src/playground/model/layout.ts';
import { emptyStore, storeAfter } from '../../src/playground/model/store-box.ts';
import { rowInWords } from '../../src/playground/model/summary.ts';
import { append, emptyLog } from '../../src/playground/model/wire-log.ts';
import { lifelinesOf } from '../../src/playground/view/lifelines.ts';
import { wireEvents } from './wire-events.ts';

const session = '7be1…04';
type Called = Extract<StoreEvent, { type: 'store-called' }>;

/** A shared lab: a session that p1 opened, a call that p2 answers, an answer that p3 passes on to p2. */
function shared() {
  const log = wireEvents();
  const began = { type: 'lab-began', schema: 1, deployment: 'shared', processes: 4, connection: 'fresh' } as const;
  log.add('supervisor', {}, began);
  for (const number of [1, 2, 3, 4]) {
    log.add('supervisor', {}, { type: 'process-started', process: `p${number}`, pid: 100 + number });
  }
  const asks = (process: ProcessName, operation: Called['operation'], outcome: string, place: object = {}) =>
    log.add(process, { session, ...place }, { type: 'store-called', operation, outcome, durationMs: 0.1 });
  log.choose('x1', 'p1', [], { jsonrpc: '2.0', id: 1, method: 'initialize', params: {} });
  asks('p1', 'sessions.create', 'created', { exchange: 'x1' });
  log.add(
    'p1',
    { exchange: 'x1', session },
    { type: 'session-created', protocolVersion: '2025-11-25', clientName: 't' },
  );
  log.answer('x1', 200, [['mcp-session-id', session]], '{"jsonrpc":"2.0","id":1,"result":{}}');
  log.choose('x2', 'p2', [['mcp-session-id', session]], { jsonrpc: '2.0', id: 7, method: 'tools/list' });
  asks('p2', 'sessions.admit', 'found', { exchange: 'x2' });
  log.add('p2', { exchange: 'x2', session }, { type: 'session-found' });
  asks('p2', 'logs.open', 'opened', { exchange: 'x2', stream: '10001' });
  log.add(
    'p3',
    { exchange: 'x3', session },
    {
      type: 'store-called',
      operation: 'messages.publish',
      outcome: 'sent',
      durationMs: 0.1,
      message: 'answer',
    },
  );
  log.add('p2', { session }, { type: 'message-delivered', message: 'answer' });
  return { ...log, asks };
}

const words = (log: { events: ReturnType<typeof shared>['events'] }, store?: 'between' | 'every'): string[] =>
  layout(log.events, undefined, undefined, store).map(rowInWords);

describe('the store of a shared lab', () => {
  test('has a lifeline of its own, after the processes', () => {
    expect(lifelinesOf(4, true).lanes.map(({ lane }) => lane)).toEqual([
      'you',
      'router',
      'p1',
      'p2',
      'p3',
      'p4',
      'store',
    ]);
    expect(lifelinesOf(4).lanes.map(({ lane }) => lane)).not.toContain('store');
    const places = lifelinesOf(4, true).lanes.map(({ x }) => x);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(lifelinesOf(4, true)).toBe(lifelinesOf(4, true));
  });

  test('a request says what the store said; what one process does for another has rows, and the rest when asked for', () => {
    expect(words(shared(), 'between')).toEqual([
      'you to p1: POST initialize, session created in the store',
      'p1 to you: 200 Mcp-Session-Id: 7be1…04',
      'you to p2: POST tools/list, session found in the store',
      'p3 to store: messages.publish answer',
      'store to p2: message answer',
    ]);
    expect(words(shared(), 'every').filter((row) => row.includes('p2 to store'))).toEqual([
      'p2 to store: sessions.admit found',
      'p2 to store: logs.open opened',
    ]);
    expect(words(shared()).filter((row) => /to store|store to/.test(row))).toEqual([]);
  });

  test('its rows belong to the exchange whose stream they are about', () => {
    const log = shared();
    log.add('p2', { exchange: 'x2', session, stream: '10001' }, { type: 'stream-attached', cursor: 0 });
    log.asks('p2', 'logs.append', 'number 1', { stream: '10001' });
    const rows = layout(log.events, undefined, undefined, 'every');
    expect(rows.at(-1)).toMatchObject({ kind: 'store', exchange: 'x2', process: 'p2', session });
  });

  test('its box lights the session that was found last, counts misses, and knows which streams are open', () => {
    const log = shared();
    expect(storeAfter(emptyStore, log.events)).toMatchObject({
      sessions: [{ id: session }],
      lit: session,
      touched: 2,
      missed: 0,
      streams: [`${session}/10001`],
    });
    log.asks('p4', 'sessions.admit', 'missing', { session: 'other' });
    log.asks('p2', 'logs.append', 'number 1, the last', { stream: '10001' });
    expect(storeAfter(emptyStore, log.events)).toMatchObject({ missed: 1, streams: [] });
    // What has left the log is still known.
    const short = append(emptyLog, log.events, 2);
    expect(short.store).toEqual(storeAfter(emptyStore, log.events));
    log.add('p1', { session }, { type: 'session-ended', reason: 'deleted' });
    expect(storeAfter(emptyStore, log.events).sessions).toEqual([]);
  });

  test('while it is out of reach it has no lifeline, and what failed is told without being asked for', () => {
    const log = shared();
    log.add('supervisor', {}, { type: 'fault-injected', fault: { kind: 'store-down', ms: 6000 } });
    log.asks('p2', 'logs.append', 'unreachable', { stream: '10001' });
    // Of a request, the row of the request says it.
    log.asks('p3', 'sessions.admit', 'unreachable', { exchange: 'x9' });
    expect(storeAfter(emptyStore, log.events).reachable).toBe(false);
    log.add('supervisor', {}, { type: 'store-restored' });
    log.asks('p2', 'logs.append', 'number 1', { stream: '10001' });
    expect(storeAfter(emptyStore, log.events).reachable).toBe(true);
    const rows = layout(log.events, undefined, undefined, 'between').slice(5);
    expect(rows.map((row) => [rowInWords(row), row.down, row.bad])).toEqual([
      ['fault: no process reaches the store for 6000 ms', [], false],
      ['p2 to store: logs.append unreachable', ['store'], true],
      ['the store can be reached again', ['store'], false],
    ]);
    for (const row of rows) expect(explain(row, undefined, true).text).not.toBe('');
  });

  test('a death loses no session there, and is not said to', () => {
    const log = shared();
    log.kill('p1', 101, 201);
    const text = words(log, 'between').join('\n');
    expect(text).toContain('p1 ended (pid 101, SIGKILL)\n');
    expect(text).toContain('p1 starts again as pid 201');
    expect(text).not.toMatch(/lost|no sessions/);
  });

  test('every call that can be drawn can be explained', () => {
    const log = shared();
    const operations = [
      'sessions.update',
      'sessions.end',
      'logs.readAfter',
      'logs.takeOver',
      'logs.find',
      'logs.end',
    ] as const;
    for (const operation of [...operations, 'logs.finish', 'logs.drop', 'claims.acquire', 'claims.release'] as const) {
      log.asks('p1', operation, 'done');
    }
    const rows = layout(log.events, undefined, undefined, 'every').filter(({ kind }) => kind === 'store');
    expect(rows.length).toBeGreaterThan(12);
    for (const row of rows) expect(explain(row, undefined, true).lead, rowInWords(row)).not.toBe('');
  });

  test('a transcript names what was asked of it, and who heard from whom', () => {
    const settings = { beganAt: new Date(0), endpoint: 'https://example.com/labs/…/mcp' };
    const { text } = exportWire('md', shared().events, settings);
    expect(text).toContain('It asked the store: `sessions.admit found`, `logs.open opened`.');
    expect(text).toContain('p2 heard `answer` from another process, by way of the store.');
    const json = JSON.parse(exportWire('json', shared().events, settings).text) as {
      events: { body: { type: string } }[];
    };
    expect(json.events.filter(({ body }) => body.type === 'store-called')).toHaveLength(4);
    expect(exportWire('har', shared().events, settings).text).not.toContain('store-called');
  });
});
