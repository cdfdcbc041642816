import { describe, expect, test } from 'vitest';
import { detailOf } from '../../src/playground/model/detail.ts';
import { gatherExchanges } from '../../src/playground/model/exchanges.ts';
import { explain } from '../../src/playground/model/explain.ts';
import { layout } from '../../src/playground/model/layout.ts';
import { processesAfter } from '../../src/playground/model/processes.ts';
import { policyInWords, routerAfter, routerOf } from '../../src/playground/model/router-box.ts';
import type { ArrowRow, NoteRow, Row } from '../../src/playground/model/rows.ts';
import { rowInWords } from '../../src/playground/model/summary.ts';
import { append, emptyLog } from '../../src/playground/model/wire-log.ts';
import { wireEvents } from './wire-events.ts';

const session = '7be1…04';

/** A session in p2; two calls that miss it, one that finds it. */
function forked() {
  const log = wireEvents();
  log.forked();
  log.openIn('p2', session, 'x1');
  log.call('x2', 'p3', session, false);
  log.call('x3', 'p4', session, false);
  log.call('x4', 'p2', session, true);
  return log;
}

const words = (rows: readonly Row[]): string[] => rows.map(rowInWords);
const arrows = (rows: readonly Row[]): ArrowRow[] => rows.filter((row) => row.kind !== 'note');
const notes = (rows: readonly Row[]): NoteRow[] => rows.filter((row) => row.kind === 'note');

describe('several processes', () => {
  test('each request goes to the process that was chosen; a miss is as plain as a hit', () => {
    const rows = layout(forked().events);
    expect(words(rows)).toEqual([
      'you to p2: POST initialize, session created',
      'p2 to you: 200 Mcp-Session-Id: 7be1…04',
      'you to p3: POST whoami, session not here',
      'p3 to you: 404 Session not found',
      'you to p4: POST whoami, session not here',
      'p4 to you: 404 Session not found',
      'you to p2: POST whoami, session found',
      'p2 to you: 200 result',
    ]);
    expect(arrows(rows).map(({ outcome, process, session: of }) => [outcome, process, of])).toEqual([
      ['answered', 'p2', session],
      [undefined, 'p2', session],
      ['lost', 'p3', session],
      [undefined, 'p3', session],
      ['lost', 'p4', session],
      [undefined, 'p4', session],
      ['answered', 'p2', session],
      [undefined, 'p2', session],
    ]);
    expect(arrows(rows)[2]?.mark).toEqual({ kind: 'missing', session, reason: 'unknown' });
  });

  test('what a whoami says of its process is on its row', () => {
    const log = wireEvents();
    log.forked();
    log.choose('x1', 'p2', [['mcp-session-id', session]], { jsonrpc: '2.0', id: 1, method: 'tools/call', params: {} });
    log.attach('x1', session, '3', { method: 'tools/call', id: 1 });
    const result = { content: [], structuredContent: { process: 'p2', pid: 41214 } };
    const bytes = `id: 3.1\ndata: ${JSON.stringify({ jsonrpc: '2.0', id: 1, result })}\n\n`;
    log.write({ exchange: 'x1', session, stream: '3' }, bytes, 'message', '3.1');
    expect(rowInWords(layout(log.events).at(-1) as Row)).toContain('3.1 result: p2, pid 41214');
  });

  test('a request that no process was chosen for has come as far as the router', () => {
    const log = wireEvents();
    log.forked();
    const arrived = { type: 'request-arrived', method: 'POST', target: '/', headers: [], client: 'browser' } as const;
    log.add('router', { exchange: 'x1' }, arrived);
    expect(layout(log.events)).toMatchObject([{ from: 'you', to: 'router', pending: true, outcome: 'open' }]);
  });

  test('for a process that died before it answered, the router answers', () => {
    const log = wireEvents();
    log.forked();
    log.choose('x1', 'p3', [['mcp-session-id', session]], { jsonrpc: '2.0', id: 1, method: 'tools/list' });
    const why = 'p3 was killed (SIGKILL) before it answered.';
    log.add('router', { exchange: 'x1' }, { type: 'process-failed', process: 'p3', why });
    log.answer('x1', 502, [['content-type', 'application/problem+json']]);
    const rows = layout(log.events) as ArrowRow[];
    expect(words(rows)).toEqual([
      'you to p3: POST tools/list, no answer',
      'router to you: 502 p3 was killed (SIGKILL) before it answered',
    ]);
    expect(rows.map(({ outcome, bad }) => [outcome, bad])).toEqual([
      ['lost', false],
      [undefined, true],
    ]);
  });

  test('an answer that breaks off ends with a row that says so', () => {
    const log = wireEvents();
    log.forked();
    log.choose('x1', 'p1', [['mcp-session-id', session]], { jsonrpc: '2.0', id: 1, method: 'tools/call', params: {} });
    log.attach('x1', session, '1', { method: 'tools/call', id: 1 });
    log.add('router', { exchange: 'x1' }, { type: 'process-failed', process: 'p1', why: 'p1 was killed.' });
    log.add('router', { exchange: 'x1' }, { type: 'response-end', by: 'server' });
    const last = layout(log.events).at(-1) as ArrowRow;
    expect(rowInWords(last)).toBe('p1 to you: stream 1 breaks off');
    expect(last.bad).toBe(true);
    expect(layout(log.events)[0]).toMatchObject({ kind: 'request', outcome: 'lost' });
  });

  test('a process is killed: what it lost, its lifeline without it, its successor', () => {
    const log = forked();
    log.kill('p2', 41214);
    log.call('x5', 'p3', session, false);
    log.add('supervisor', {}, { type: 'process-started', process: 'p2', pid: 41301 });
    log.call('x6', 'p2', session, false);
    const rows = layout(log.events).slice(8);
    expect(words(rows)).toEqual([
      'kill p2: SIGKILL to pid 41214',
      'p2 ended (pid 41214, SIGKILL), 1 session lost',
      'you to p3: POST whoami, session not here',
      'p3 to you: 404 Session not found',
      'p2 starts again as pid 41301, no sessions',
      'you to p2: POST whoami, session not here',
      'p2 to you: 404 Session not found',
    ]);
    expect(rows.map(({ down }) => down)).toEqual([[], [], ['p2'], ['p2'], ['p2'], [], []]);
    expect(notes(rows).map(({ note, at, bad }) => [note, at, bad])).toEqual([
      ['kill', 'p2', false],
      ['exit', 'p2', true],
      ['successor', 'p2', false],
    ]);
  });

  test('a successor is known as one, and a dead process as dead, although the log has lost the beginning', () => {
    const log = forked();
    log.kill('p2', 41214);
    const short = append(emptyLog, log.events, 2);
    log.add('supervisor', {}, { type: 'process-started', process: 'p2', pid: 41301 });
    const next = append(short, log.events.slice(-1), 2);
    expect(words(layout(next.events, next.before))).toEqual(['p2 starts again as pid 41301, no sessions']);
    const later = append(next, [{ ...(log.events[0] as never as object), id: 9_000 } as never], 1);
    expect(later.before.find(({ name }) => name === 'p2')).toMatchObject({ pid: 41301, alive: true });
    expect(later.router).toMatchObject({ deployment: 'forked', processes: 4 });
  });

  test('what a killed process could not tell is noted where something was under way', () => {
    const log = wireEvents();
    log.forked();
    log.add('supervisor', {}, { type: 'trace-cut', process: 'p1', pid: 41213, exchanges: [] });
    log.add('supervisor', {}, { type: 'trace-cut', process: 'p2', pid: 41214, exchanges: ['x9'] });
    log.add('supervisor', {}, { type: 'trace-gap', process: 'p3', dropped: 12 });
    expect(words(layout(log.events))).toEqual([
      'p2 died before it could tell what it did last',
      'p3 told more than the log could take: 12 events are missing',
    ]);
  });
});

describe('the heads of the lifelines', () => {
  test('processes stand in the order of their names, however they came up', () => {
    const boxes = processesAfter([], forked().events);
    expect(boxes.map(({ name, pid }) => [name, pid])).toEqual([
      ['p1', 41213],
      ['p2', 41214],
      ['p3', 41215],
      ['p4', 41216],
    ]);
    expect(boxes.map(({ sessions, missed }) => [sessions.length, missed])).toEqual([
      [0, 0],
      [1, 0],
      [0, 1],
      [0, 1],
    ]);
  });

  test('the router says how it chooses, and whether it chooses anew', () => {
    const log = forked();
    expect(routerAfter(undefined, log.events)).toEqual({ deployment: 'forked', processes: 4, connection: 'fresh' });
    log.add('supervisor', {}, { type: 'connection-mode-changed', connection: 'kept' });
    const router = routerAfter(undefined, log.events);
    expect(router?.connection).toBe('kept');
    expect(router && policyInWords(router)).toBe('round robin');
    const row = layout(log.events).at(-1) as NoteRow;
    expect(row).toMatchObject({ kind: 'note', note: 'connection', at: 'router' });
    expect(routerOf('single')?.processes).toBe(1);
    expect(routerOf('no such deployment')).toBeUndefined();
  });
});

describe('what is said of it', () => {
  test('the choice and its reason, then what the process found', () => {
    const { events } = forked();
    const rows = layout(events);
    const verdicts = (row: Row | undefined) =>
      row && detailOf(events, row)?.verdicts.map(({ who, says }) => [who, says]);
    expect(verdicts(rows[2])).toEqual([
      ['router', 'The request came on connection `c1`. Round robin: p3 was next.'],
      [
        'p3',
        'Session `7be1…04` is not here: no such id was ever in its table, as far as it remembers. `p2` opened it, and no other process ever had it.',
      ],
      ['p3', 'Refused by rule P7 of the transport: Session not found. Open a new one with initialize.'],
    ]);
    expect(verdicts(rows[6])?.map(([who]) => who)).toEqual(['router', 'p2', 'p2']);
  });

  test('every kind of row that several processes bring has a sentence and its source', () => {
    const log = forked();
    log.add('supervisor', {}, { type: 'connection-mode-changed', connection: 'kept' });
    log.add('supervisor', {}, { type: 'connection-mode-changed', connection: 'fresh' });
    log.kill('p2', 41214, 41301);
    log.call('x5', 'p2', session, false);
    const exchanges = gatherExchanges(log.events);
    const said = layout(log.events)
      .slice(2)
      .map((row) => explain(row, row.kind === 'note' ? undefined : exchanges.get(row.exchange)));
    expect(said.map(({ lead }) => lead)).toEqual([
      'The session is not here, and nothing is broken.',
      'Not found, although the client did nothing wrong.',
      'The session is not here, and nothing is broken.',
      'Not found, although the client did nothing wrong.',
      'A tool is called.',
      'Answered in one piece.',
      'The router now chooses once for each connection.',
      'The router now chooses for each request.',
      'Somebody asked for this.',
      'A process ended, and its memory with it.',
      'The same name, another process.',
      'The session is not here.',
      'Not found, although the client did nothing wrong.',
    ]);
    for (const { text, source } of said) {
      expect(text).not.toBe('');
      expect(source?.href).toMatch(/^https:\/\//);
    }
  });
});
