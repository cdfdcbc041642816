import { describe, expect, test } from 'vitest';
import { noFaults } from '../../playground-server/lab/faults.ts';
import type { WireEvent } from '../../playground-server/lab/wire.ts';
import { watchOneSession } from '../../src/lessons/watch-one-session.ts';
import { type ActState, canAct, nextAct, nextLabel } from '../../src/playground/model/acts.ts';
import { detailOf } from '../../src/playground/model/detail.ts';
import { gatherExchanges } from '../../src/playground/model/exchanges.ts';
import { explain } from '../../src/playground/model/explain.ts';
import { layout } from '../../src/playground/model/layout.ts';
import { progressOf } from '../../src/playground/model/lesson.ts';
import { processesAfter } from '../../src/playground/model/processes.ts';
import type { Row } from '../../src/playground/model/rows.ts';
import { frameData, streamLines } from '../../src/playground/model/sse-lines.ts';
import { append, emptyLog, isFlood } from '../../src/playground/model/wire-log.ts';
import { wireEvents } from './wire-events.ts';

const session = '3f2a…9c';

describe('the wire log', () => {
  const events = (from: number, to: number): WireEvent[] => {
    const log = wireEvents();
    for (let id = 1; id <= to; id += 1) log.add('p1', { session }, { type: 'session-found' });
    return log.events.slice(from - 1);
  };

  test('a stream that resumes may repeat itself', () => {
    const log = append(append(emptyLog, events(1, 5)), events(3, 8));
    expect(log.events.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(log.lastId).toBe(8);
    expect(append(log, events(1, 8))).toBe(log);
  });

  test('it is bounded, and says how much has left', () => {
    const log = append(append(emptyLog, events(1, 15)), events(16, 30), 20);
    expect(log.events.map(({ id }) => id).at(0)).toBe(11);
    expect(log.missing).toBe(10);
    expect(log.lastId).toBe(30);
  });

  test('what the processes were survives the events that said so', () => {
    const log = wireEvents();
    log.began(4711);
    log.open(session);
    const all = log.events.length;
    for (let i = 0; i < 10; i += 1) log.add('p1', { session }, { type: 'session-found' });
    const kept = append(emptyLog, log.events, 5);
    expect(kept.missing).toBe(all + 5);
    expect(kept.processes).toMatchObject([{ name: 'p1', pid: 4711, lit: session, touched: 11 }]);
    expect(processesAfter(kept.before, kept.events)).toEqual(kept.processes);
  });

  test('what the server no longer had is counted', () => {
    const gap: WireEvent = { id: 40, atMs: 1, actor: 'supervisor', body: { type: 'log-gap', firstKept: 41 } };
    const log = append(append(emptyLog, events(1, 30)), [gap, { ...gap, id: 41, body: { type: 'session-found' } }]);
    expect(log.missing).toBe(10);
    expect(log.events.at(-1)?.id).toBe(41);
    expect(log.lastId).toBe(41);
  });

  test('a flood is more events in a second than a reader can follow', () => {
    const every = (ms: number, count: number) =>
      events(1, count).map((event, index) => ({ ...event, atMs: index * ms }));
    expect(isFlood(every(5, 200))).toBe(true);
    expect(isFlood(every(10, 200))).toBe(false);
    expect(isFlood(every(5, 100))).toBe(false);
    expect(isFlood([])).toBe(false);
  });
});

describe('the process boxes', () => {
  test('a session table: born, found, ended', () => {
    const log = wireEvents();
    log.began();
    log.open(session, 'x1');
    log.open('7be1…04', 'x2');
    log.add('p1', { session }, { type: 'session-found' });
    const [before] = processesAfter([], log.events);
    expect(before?.sessions.map(({ id }) => id)).toEqual([session, '7be1…04']);
    expect(before?.lit).toBe(session);
    log.add('p1', { session }, { type: 'session-ended', reason: 'deleted' });
    const [after] = processesAfter([], log.events);
    expect(after?.sessions.map(({ id }) => id)).toEqual(['7be1…04']);
    expect(after?.lit).toBeUndefined();
  });

  test('a process that ended remembers nothing, and its successor starts with an empty table', () => {
    const log = wireEvents();
    log.began(1);
    log.open(session);
    log.add('supervisor', {}, { type: 'process-exited', process: 'p1', pid: 1, code: null, signal: 'SIGKILL' });
    expect(processesAfter([], log.events)).toMatchObject([{ pid: 1, alive: false, sessions: [] }]);
    log.add('supervisor', {}, { type: 'process-started', process: 'p1', pid: 2 });
    expect(processesAfter([], log.events)).toMatchObject([{ pid: 2, alive: true, sessions: [] }]);
  });
});

describe('one exchange as it was sent', () => {
  function twoFramesInThreeChunks() {
    const log = wireEvents();
    log.request(
      'x1',
      'POST',
      [
        ['accept', 'text/event-stream'],
        ['user-agent', 'curl/8'],
      ],
      { jsonrpc: '2.0', id: 1, method: 'tools/list' },
    );
    const place = { exchange: 'x1', session, stream: '1' };
    log.add('p1', place, { type: 'stream-attached', cursor: 0 });
    const frames = [
      'id: 1.1\ndata: {"jsonrpc":"2.0","method":"a"}\n\n',
      ': note\n\n',
      'id: 1.2\ndata: {"jsonrpc":"2.0","id":1,"result":{}}\n\n',
    ] as const;
    log.add('p1', place, { type: 'event-written', kind: 'message', bytes: frames[0], eventId: '1.1' });
    log.add('p1', place, { type: 'event-written', kind: 'comment', bytes: frames[1] });
    log.add('p1', place, { type: 'event-written', kind: 'message', bytes: frames[2], eventId: '1.2' });
    log.add(
      'router',
      { exchange: 'x1' },
      { type: 'response-head', status: 200, headers: [['content-type', 'text/event-stream']] },
    );
    const text = frames.join('');
    for (const [from, to] of [
      [0, 20],
      [20, 60],
      [60, text.length],
    ] as const) {
      const piece = text.slice(from, to);
      log.add('router', { exchange: 'x1' }, { type: 'bytes-forwarded', text: piece, bytes: piece.length });
    }
    log.add('router', { exchange: 'x1' }, { type: 'response-end', by: 'server' });
    return { log, text, rows: layout(log.events) };
  }

  test('chunks keep their boundaries, sizes and times, and no character is lost', () => {
    const { log, text, rows } = twoFramesInThreeChunks();
    const detail = detailOf(log.events, rows.at(-1) as Row);
    const chunks = detail?.response.filter(({ chunk }) => chunk) ?? [];
    expect(chunks.map(({ chunk }) => chunk)).toEqual([
      { number: 1, bytes: 20, atMs: 8 },
      { number: 2, bytes: 40, atMs: 9 },
      { number: 3, bytes: text.length - 60, atMs: 10 },
    ]);
    expect(detail?.summary).toBe('POST tools/list · 11 ms · 2 events · 1 comment');
  });

  test('the lines of the selected event are chosen, fields and comments told apart', () => {
    const { log, rows } = twoFramesInThreeChunks();
    const lines = (row: Row) => detailOf(log.events, row)?.response.flatMap((block) => block.lines) ?? [];
    const last = lines(rows.at(-1) as Row).filter(({ selected }) => selected);
    // The boundary of the second chunk lies within `id: 1.2`: what follows is the rest of that line, no line of its own.
    expect(last).toMatchObject([
      { kind: 'field', name: 'id', value: '1.' },
      { kind: 'text', text: '2' },
      { kind: 'field', name: 'data' },
    ]);
    expect(lines(rows[0] as Row).some(({ kind }) => kind === 'comment')).toBe(true);
    expect(lines(rows[0] as Row).some(({ selected }) => selected)).toBe(false);
  });

  test('the message is shown parsed, and headers that the transport reads stand out', () => {
    const { log, rows } = twoFramesInThreeChunks();
    const detail = detailOf(log.events, rows[0] as Row);
    expect(JSON.parse(detail?.json ?? '')).toEqual({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
    const headers = detail?.request[0]?.lines.filter((line) => line.kind === 'header');
    expect(headers).toMatchObject([
      { name: 'accept', ofProtocol: true },
      { name: 'user-agent', ofProtocol: false },
    ]);
  });

  test('a body that the log cut says so', () => {
    const log = wireEvents();
    log.request('x1', 'POST');
    log.add('router', { exchange: 'x1' }, { type: 'request-body', body: '{"a', bodyBytes: 50_000, truncated: true });
    const row = layout(log.events)[0] as Row;
    expect(detailOf(log.events, row)?.request[0]?.lines.at(-1)).toMatchObject({
      kind: 'remark',
      text: 'cut here by the log, of 50000 bytes',
    });
  });

  test('lines of a stream, whatever ends them', () => {
    expect(streamLines('id:7\r\n:c\rdata\n\nx: y').map(({ raw: _, ...line }) => line)).toEqual([
      { kind: 'field', name: 'id', value: '7' },
      { kind: 'comment', value: 'c' },
      { kind: 'field', name: 'data', value: '' },
      { kind: 'blank' },
      { kind: 'field', name: 'x', value: 'y' },
    ]);
    expect(frameData('data: a\ndata: b\n\n')).toBe('a\nb');
    expect(frameData(': only a comment\n\n')).toBeUndefined();
  });
});

describe('the sentence beside a row', () => {
  test('every row of a session has one, with its source', () => {
    const log = wireEvents();
    log.began();
    log.open(session);
    log.request('x2', 'GET', []);
    log.attach('x2', session, '0');
    log.request('x3', 'DELETE', [['mcp-session-id', session]]);
    log.add('p1', { exchange: 'x3', session }, { type: 'session-found' });
    log.add('p1', { session }, { type: 'session-ended', reason: 'deleted' });
    log.add('router', { exchange: 'x2' }, { type: 'response-end', by: 'server' });
    log.answer('x3', 200);
    const exchanges = gatherExchanges(log.events);
    const said = layout(log.events).map((row) =>
      explain(row, row.kind === 'note' ? undefined : exchanges.get(row.exchange)),
    );
    expect(said.map(({ lead }) => lead)).toEqual([
      'The handshake begins.',
      'The session has its name.',
      'The client opens the standalone stream.',
      'A first event without a message.',
      'The client ends its session.',
      'The server ends the stream.',
      'The session is over.',
    ]);
    for (const { text, source } of said) {
      expect(text).not.toBe('');
      expect(source?.href).toMatch(/^https:\/\/modelcontextprotocol\.io\/specification\/2025-11-25\//);
    }
  });
});

describe('the lesson', () => {
  const idle: ActState = {
    era: 'handshake',
    hasSession: false,
    listening: 0,
    broken: false,
    asked: false,
    faults: noFaults,
    connection: 'fresh',
    runner: undefined,
    holder: undefined,
    running: new Set(),
  };

  test('a step is ticked by what the wire showed, in any order, and stays ticked', () => {
    const log = wireEvents();
    log.began();
    const before = progressOf(watchOneSession, log.events);
    expect(before.map(({ seen, next }) => [seen, next])[0]).toEqual([undefined, true]);
    log.open(session);
    log.add('p1', { session }, { type: 'session-ended', reason: 'deleted' });
    const after = progressOf(watchOneSession, log.events, before);
    expect(after.map(({ seen }) => seen)).toEqual([
      '3f2a…9c in p1',
      undefined,
      undefined,
      undefined,
      undefined,
      '3f2a…9c ended',
    ]);
    expect(after.findIndex(({ next }) => next)).toBe(1);
    expect(progressOf(watchOneSession, [], after).map(({ seen }) => seen)).toEqual(after.map(({ seen }) => seen));
  });

  test('without a session the next act is to open one', () => {
    const log = wireEvents();
    log.open(session);
    const steps = progressOf(watchOneSession, log.events);
    expect(nextAct(watchOneSession, steps, idle)).toBe('open');
    expect(nextLabel('open', true, idle)).toBe('Open another session');
    expect(nextAct(watchOneSession, steps, { ...idle, hasSession: true })).toBe('list');
  });

  test('calls may overlap; what waits for its answer is not begun twice', () => {
    const open: ActState = { ...idle, hasSession: true, listening: 1, running: new Set(['count', 'list']) };
    expect(canAct('count', open)).toBe(true);
    expect(canAct('list', open)).toBe(false);
    expect(canAct('listen', open)).toBe(false);
    expect(canAct('list', idle)).toBe(false);
  });

  test('a session has one stream beside its requests; without sessions two may be open', () => {
    const modern = (listening: number): ActState => ({ ...idle, era: 'modern', listening });
    expect([0, 1, 2].map((open) => canAct('listen', modern(open)))).toEqual([true, true, false]);
    expect([0, 1, 2].map((open) => canAct('close', modern(open)))).toEqual([false, true, true]);
  });
});
