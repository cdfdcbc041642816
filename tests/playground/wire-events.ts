import type { Actor, ProcessName, WireEvent } from '../../playground-server/lab/wire.ts';

type Place = Partial<Pick<WireEvent, 'exchange' | 'connection' | 'session' | 'stream'>>;

/** Writes a wire log by hand: ids count up, and each event is 1 ms after the one before, unless it is told to wait. */
export function wireEvents() {
  const events: WireEvent[] = [];
  let atMs = 100;
  const add = (actor: Actor, place: Place, body: WireEvent['body']): WireEvent => {
    atMs += 1;
    const event: WireEvent = { id: events.length + 1, atMs, actor, ...place, body };
    events.push(event);
    return event;
  };
  return {
    events,
    add,
    wait: (ms: number) => {
      atMs += ms;
    },
    began(pid = 4711) {
      add(
        'supervisor',
        {},
        {
          type: 'lab-began',
          schema: 1,
          deployment: 'single',
          processes: 1,
          connection: 'fresh',
        },
      );
      add('supervisor', {}, { type: 'process-started', process: 'p1', pid });
    },
    /** Four processes, which are ready in another order than that of their names. */
    forked(firstPid = 41213) {
      const began = { type: 'lab-began', schema: 1, deployment: 'forked', processes: 4, connection: 'fresh' } as const;
      add('supervisor', {}, began);
      for (const number of [4, 1, 2, 3]) {
        add('supervisor', {}, { type: 'process-started', process: `p${number}`, pid: firstPid + number - 1 });
      }
    },
    /** Opens a session in one of several processes. */
    openIn(process: ProcessName, session: string, exchange: string) {
      this.choose(exchange, process, [], { jsonrpc: '2.0', id: 1, method: 'initialize', params: {} });
      const created = { type: 'session-created', protocolVersion: '2025-11-25', clientName: 'test' } as const;
      add(process, { exchange, session }, created);
      this.answer(exchange, 200, [['mcp-session-id', session]], '{"jsonrpc":"2.0","id":1,"result":{}}');
    },
    /** A call of `tool` that reaches a process: it finds the session there, or it does not. */
    call(exchange: string, process: ProcessName, session: string, found: boolean, tool = 'whoami') {
      const message = { jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: tool, arguments: {} } };
      this.choose(exchange, process, [['mcp-session-id', session]], message);
      if (found) {
        add(process, { exchange, session }, { type: 'session-found' });
        this.answer(exchange, 200, [], '{"jsonrpc":"2.0","id":7,"result":{}}');
        return;
      }
      add(process, { exchange }, { type: 'session-missing', reason: 'unknown' });
      const text = 'Session not found. Open a new one with initialize.';
      add(process, { exchange }, { type: 'request-refused', rule: 'P7', status: 404, message: text });
      const error = { jsonrpc: '2.0', id: 7, error: { code: -32001, message: text } };
      this.answer(exchange, 404, [], JSON.stringify(error));
    },
    /** A request as far as the router's choice, and its body. */
    choose(exchange: string, process: ProcessName, headers: [string, string][], message: object) {
      const session = headers.find(([name]) => name === 'mcp-session-id')?.[1];
      const place = { exchange, connection: 'c1', ...(session !== undefined && { session }) };
      const arrived = { type: 'request-arrived', method: 'POST', target: '/labs/…/mcp', client: 'browser' } as const;
      add('router', place, { ...arrived, headers });
      add('router', place, { type: 'process-chosen', process, why: `Round robin: ${process} was next.` });
      const body = JSON.stringify(message);
      add('router', place, { type: 'request-body', body, bodyBytes: Buffer.byteLength(body) });
    },
    /** A process is killed; its successor starts later, if at all. */
    kill(process: ProcessName, pid: number, successor?: number) {
      add('supervisor', {}, { type: 'kill-requested', process, pid, signal: 'SIGKILL' });
      add('supervisor', {}, { type: 'process-exited', process, pid, code: null, signal: 'SIGKILL' });
      add('supervisor', {}, { type: 'trace-cut', process, pid, exchanges: [] });
      if (successor !== undefined) add('supervisor', {}, { type: 'process-started', process, pid: successor });
    },
    request(exchange: string, method: string, headers: [string, string][] = [], message?: object) {
      add(
        'router',
        { exchange },
        { type: 'request-arrived', method, target: '/labs/…/mcp', headers, client: 'browser' },
      );
      add('router', { exchange }, { type: 'process-chosen', process: 'p1', why: 'There is only one.' });
      if (!message) return;
      const body = JSON.stringify(message);
      add('router', { exchange }, { type: 'request-body', body, bodyBytes: Buffer.byteLength(body) });
    },
    answer(exchange: string, status: number, headers: [string, string][] = [], body = '') {
      add('router', { exchange }, { type: 'response-head', status, headers });
      if (body !== '') {
        add('router', { exchange }, { type: 'bytes-forwarded', text: body, bytes: Buffer.byteLength(body) });
      }
      add('router', { exchange }, { type: 'response-end', by: 'server' });
    },
    /** Opens a session in p1. */
    open(session = '3f2a…9c', exchange = 'x1') {
      this.request(exchange, 'POST', [['content-type', 'application/json']], {
        jsonrpc: '2.0',
        id: 1,
        method: 'initialize',
        params: {},
      });
      const created = { type: 'session-created', protocolVersion: '2025-11-25', clientName: 'test' } as const;
      add('p1', { exchange, session }, created);
      this.answer(exchange, 200, [['mcp-session-id', session]], '{"jsonrpc":"2.0","id":1,"result":{}}');
    },
    /** Attaches a stream: opened, attached, primed, and its head passed on. */
    attach(exchange: string, session: string, stream: string, request?: { method: string; id: number }) {
      add('p1', { session, stream }, { type: 'stream-opened', ...(request && { request }) });
      add('p1', { exchange, session, stream }, { type: 'stream-attached', cursor: 0 });
      const head = () =>
        add(
          'router',
          { exchange },
          { type: 'response-head', status: 200, headers: [['content-type', 'text/event-stream']] },
        );
      this.write(
        { exchange, session, stream },
        `id: ${stream}.0\nretry: 1000\ndata:\n\n`,
        'prime',
        `${stream}.0`,
        head,
      );
    },
    /** One frame, written by p1 and passed on by the router. */
    write(
      place: Place,
      bytes: string,
      kind: 'message' | 'prime' | 'comment',
      eventId?: string,
      between: () => void = () => {},
    ) {
      add('p1', place, { type: 'event-written', kind, bytes, ...(eventId !== undefined && { eventId }) });
      between();
      const { exchange } = place;
      add('router', exchange === undefined ? {} : { exchange }, {
        type: 'bytes-forwarded',
        text: bytes,
        bytes: Buffer.byteLength(bytes),
      });
    },
  };
}
