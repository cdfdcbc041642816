import { describe, expect, test } from 'vitest';
import { layout } from '../../src/playground/model/layout.ts';
import { type ArrowRow, type Row, same } from '../../src/playground/model/rows.ts';
import { rowInWords, spokenSummary } from '../../src/playground/model/summary.ts';
import { wireEvents } from './wire-events.ts';

const words = (rows: readonly Row[]): string[] => rows.map((row) => `${row.atMs} ${rowInWords(row)}`);
const session = '3f2a…9c';
const call = {
  jsonrpc: '2.0',
  id: 2,
  method: 'tools/call',
  params: { name: 'count', arguments: { to: 2, everyMs: 5 } },
};

function progress(stream: string, number: number): string {
  const params = { progressToken: 't', progress: number, total: 2 };
  return `id: ${stream}.${number}\ndata: ${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params })}\n\n`;
}

/** A session, and a call of `count` whose progress arrives. */
function counting() {
  const log = wireEvents();
  log.began();
  log.open(session);
  log.wait(20);
  log.request('x2', 'POST', [['mcp-session-id', session]], call);
  log.add('p1', { exchange: 'x2', session }, { type: 'session-found' });
  const place = { exchange: 'x2', session, stream: '1' };
  log.attach('x2', session, '1', { method: 'tools/call', id: 2 });
  log.wait(10);
  log.write(place, progress('1', 1), 'message', '1.1');
  return { log, place };
}

function finish({ log, place }: ReturnType<typeof counting>): void {
  log.write(place, 'id: 1.2\ndata: {"jsonrpc":"2.0","id":2,"result":{}}\n\n', 'message', '1.2');
  log.add('p1', place, { type: 'stream-ended' });
  log.add('router', { exchange: 'x2' }, { type: 'response-end', by: 'server' });
}

describe('the sequence', () => {
  test('a session and a call: requests, answers and every event, from the first row on', () => {
    const run = counting();
    finish(run);
    expect(words(layout(run.log.events))).toEqual([
      '0 you to p1: POST initialize, session created',
      '4 p1 to you: 200 Mcp-Session-Id: 3f2a…9c',
      '27 you to p1: POST count {to: 2, everyMs: 5}, session found',
      '33 p1 to you: 200 1.0 primed',
      '46 p1 to you: 1.1 progress 1 of 2',
      '48 p1 to you: 1.2 result, stream ends',
    ]);
  });

  test('progress has its row while the call still runs, and the stream is open', () => {
    const { log } = counting();
    const last = layout(log.events).at(-1) as ArrowRow;
    expect(last).toMatchObject({ kind: 'event', pending: false, stream: '1' });
    expect(last.tracks).toEqual([{ track: 0, part: 'through', own: true }]);
  });

  test('an event that was written and not yet forwarded is on its way', () => {
    const { log, place } = counting();
    log.add('p1', place, { type: 'event-written', kind: 'message', bytes: progress('1', 2), eventId: '1.2' });
    expect(layout(log.events).map((row) => row.kind === 'event' && row.pending)).toEqual([
      false,
      false,
      false,
      false,
      false,
      true,
    ]);
  });

  test('keep-alive comments have no rows', () => {
    const run = counting();
    const before = layout(run.log.events).length;
    for (let i = 0; i < 50; i += 1) run.log.write(run.place, ': keep-alive\n\n', 'comment');
    expect(layout(run.log.events)).toHaveLength(before);
  });

  test('a stream without a priming event begins with its first comment', () => {
    const log = wireEvents();
    log.request('x1', 'GET', []);
    const place = { exchange: 'x1', session, stream: '0' };
    log.add('p1', place, { type: 'stream-attached', cursor: 0 });
    log.write(place, ': open\n\n', 'comment', undefined, () => {
      log.add('router', { exchange: 'x1' }, { type: 'response-head', status: 200, headers: [] });
    });
    log.write(place, ': keep-alive\n\n', 'comment');
    expect(words(layout(log.events))).toEqual(['0 you to p1: GET stream', '3 p1 to you: 200 stream opened']);
  });

  test('an event belongs to the connection that carried it, whoever caused it', () => {
    const { log } = counting();
    log.request('x3', 'GET', []);
    log.attach('x3', session, '0');
    log.add(
      'p1',
      { session, stream: '0' },
      {
        type: 'event-written',
        kind: 'message',
        eventId: '0.1',
        bytes: 'id: 0.1\ndata: {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\n\n',
      },
    );
    const row = layout(log.events).at(-1) as ArrowRow;
    expect(row).toMatchObject({ exchange: 'x3', stream: '0' });
    expect(rowInWords(row)).toBe('p1 to you: 0.1 tools/list_changed');
    // Two streams are open: each has its own bar, and the event is on its own.
    expect(row.tracks.map(({ track, own }) => [track, own])).toEqual([
      [0, false],
      [1, true],
    ]);
  });

  test('however many streams are open, a row has a few bars, and its own stream has one of them', () => {
    const log = wireEvents();
    for (let i = 1; i <= 9; i += 1) {
      log.request(`x${i}`, 'POST', [], call);
      log.attach(`x${i}`, session, String(i), { method: 'tools/call', id: i });
    }
    const { tracks } = layout(log.events).at(-1) as ArrowRow;
    expect(tracks.map(({ track, own }) => [track, own])).toEqual([
      [0, false],
      [1, false],
      [2, false],
      [3, true],
    ]);
  });

  test('a session that is not there is as plain as one that is', () => {
    const log = wireEvents();
    log.request('x1', 'POST', [['mcp-session-id', 'dead…00']], { jsonrpc: '2.0', id: 9, method: 'tools/list' });
    log.add('p1', { exchange: 'x1', session: 'dead…00' }, { type: 'session-missing', reason: 'unknown' });
    log.answer('x1', 404, [], '{"jsonrpc":"2.0","id":9,"error":{"code":-32001,"message":"Session not found"}}');
    const rows = layout(log.events) as ArrowRow[];
    expect(words(rows)).toEqual([
      '0 you to p1: POST tools/list, session not here',
      '4 p1 to you: 404 Session not found',
    ]);
    expect(rows.map(({ bad }) => bad)).toEqual([false, true]);
  });

  test('DELETE marks the session as ended, and its standalone stream ends with a row', () => {
    const log = wireEvents();
    log.request('x1', 'GET', []);
    log.attach('x1', session, '0');
    log.request('x2', 'DELETE', [['mcp-session-id', session]]);
    log.add('p1', { exchange: 'x2', session }, { type: 'session-found' });
    // The end belongs to the session: the transport does not name an exchange with it.
    log.add('p1', { session }, { type: 'session-ended', reason: 'deleted' });
    log.add('router', { exchange: 'x1' }, { type: 'response-end', by: 'server' });
    log.answer('x2', 200);
    expect(words(layout(log.events)).slice(2)).toEqual([
      '7 you to p1: DELETE session, session ended',
      '11 p1 to you: stream 0 ends',
      '12 p1 to you: 200 session ended',
    ]);
  });

  test('a connection that the client closes is drawn from the client, and no answer is invented', () => {
    const { log } = counting();
    log.add('router', { exchange: 'x2' }, { type: 'response-end', by: 'client' });
    expect(rowInWords(layout(log.events).at(-1) as Row)).toBe('you to p1: stream 1: connection closed');
  });

  test('programs other than a browser are named', () => {
    const log = wireEvents();
    log.request('x1', 'POST', [['User-Agent', 'curl/8.5.0']], { jsonrpc: '2.0', method: 'notifications/initialized' });
    log.request('x2', 'POST', [['User-Agent', 'Mozilla/5.0 (X11)']], { jsonrpc: '2.0', method: 'ping', id: 1 });
    expect((layout(log.events) as ArrowRow[]).map(({ agent }) => agent)).toEqual(['curl', undefined]);
  });

  test('what happens without an arrow is noted', () => {
    const log = wireEvents();
    log.began();
    log.add('p1', { session }, { type: 'session-ended', reason: 'expired' });
    log.add('supervisor', {}, { type: 'process-exited', process: 'p1', pid: 4711, code: null, signal: 'SIGKILL' });
    log.add('supervisor', {}, { type: 'lab-ended', reason: 'idle' });
    expect(layout(log.events).map(rowInWords)).toEqual([
      'session 3f2a…9c expired in p1',
      'p1 ended (pid 4711, SIGKILL)',
      'This lab ended: nothing used it for a while.',
    ]);
  });

  test('a row that says something else is told from those that say the same', () => {
    const run = counting();
    const before = layout(run.log.events);
    finish(run);
    const after = layout(run.log.events);
    // The third is the request of the call: it says now that it was answered.
    expect(after.slice(0, 5).map((row, index) => same(row, before[index]))).toEqual([true, true, false, true, true]);
    expect([before[2], after[2]]).toMatchObject([{ outcome: 'open' }, { outcome: 'answered' }]);
  });

  test('what is spoken is one line, however much is new', () => {
    const run = counting();
    finish(run);
    const rows = layout(run.log.events);
    expect(spokenSummary(rows, 0)).toBe('6 new rows. Latest: p1 to you: 1.2 result, stream ends');
    expect(spokenSummary(rows, rows.at(-2)?.id ?? 0)).toBe('p1 to you: 1.2 result, stream ends');
    expect(spokenSummary(rows, rows.at(-1)?.id ?? 0)).toBe('');
  });
});
