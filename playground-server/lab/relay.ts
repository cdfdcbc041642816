/**
 * Pumps one exchange between a client and a worker, and tells what passes: a plain pump, because the chunk boundaries
 * of an event stream are part of what a reader came to see. Nothing is buffered, decoded or compressed on the way.
 */

import {
  type Agent,
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { StringDecoder } from 'node:string_decoder';
import { connectionHeader } from './api.ts';
import { downstreamStages } from './fault-stages.ts';
import type { LastingFaults } from './faults.ts';
import { headerPairs, shownHeaders, shownTextLimit } from './shown.ts';
import type { RouterEvent } from './wire.ts';

export interface Upstream {
  socket: string;
  agent: Agent;
  /** Sent on as `Lab-Exchange`, so that the worker's events name the same exchange. */
  exchange: string;
  /** The worker answers a longer body before it has read it, and closes. */
  maxRequestBytes: number;
  faults: LastingFaults;
  /** Aborted when a fault breaks this exchange off. */
  signal: AbortSignal;
  /** Told of the session id that the answer bears: the router may learn from it. */
  onSession(id: string): void;
}

/** `bytes`: size of the text, for events that have one. */
export type Tap = (event: RouterEvent, bytes?: number) => void;

/**
 * How the pump ended. `failed`: the worker could not be reached, or broke off. When `answered` is false nothing went to
 * the client yet, and the caller answers.
 */
export type RelayEnd = { kind: 'done' } | { kind: 'failed'; why: string; answered: boolean };

/** Headers that speak of one connection only (RFC 9110, 7.6.1), and `expect`, which this server has honoured itself. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
]);

/** The router writes the one by itself, and the other was meant for it. */
const ours = new Set(['lab-exchange', connectionHeader.toLowerCase()]);

/** Node's flat header list without what ends here, and without what `Connection` names besides. */
function endToEnd(raw: readonly string[], connection: string | undefined): string[] {
  const named = new Set(connection?.split(',').map((name) => name.trim().toLowerCase()));
  const kept: string[] = [];
  for (const [name, value] of headerPairs(raw)) {
    const lower = name.toLowerCase();
    if (!hopByHop.has(lower) && !named.has(lower) && !ours.has(lower)) kept.push(name, value);
  }
  return kept;
}

/** Passes the request on to `/mcp` of the worker, and its answer back. Resolves when the exchange is over. */
export function relay(
  request: IncomingMessage,
  response: ServerResponse,
  upstream: Upstream,
  tap: Tap,
): Promise<RelayEnd> {
  const { promise, resolve } = Promise.withResolvers<RelayEnd>();
  const headers = endToEnd(request.rawHeaders, request.headers.connection);
  headers.push('Lab-Exchange', upstream.exchange);
  // Without a length the body is sent on as it came: in chunks.
  if (request.headers['transfer-encoding'] !== undefined) headers.push('Transfer-Encoding', 'chunked');

  const outgoing = httpRequest({
    socketPath: upstream.socket,
    agent: upstream.agent,
    method: request.method ?? 'GET',
    path: '/mcp',
    headers,
  });
  let over = false;
  const finish = (end: RelayEnd): void => {
    if (over) return;
    over = true;
    resolve(end);
  };

  // To both sides it looks as if the other had gone.
  const breakOff = (): void => {
    if (over) return;
    tap({ type: 'response-end', by: 'fault' });
    finish({ kind: 'done' });
    outgoing.destroy();
    response.destroy();
  };
  upstream.signal.addEventListener('abort', breakOff, { once: true });

  pumpBody(request, outgoing, upstream.maxRequestBytes, tap);
  outgoing.on('response', (incoming) => {
    tap({
      type: 'response-head',
      status: incoming.statusCode ?? 0,
      headers: shownHeaders(headerPairs(incoming.rawHeaders)),
    });
    const kept = endToEnd(incoming.rawHeaders, incoming.headers.connection);
    response.sendDate = false;
    response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage ?? '', kept);
    // The head of an event stream is news by itself; the first event may be long in coming.
    response.flushHeaders();
    const session = incoming.headers['mcp-session-id'];
    if (typeof session === 'string') upstream.onSession(session);
    const text = new StringDecoder('utf8');
    const forward = (chunk: Buffer): void => {
      const shown = text.write(chunk);
      tap(
        {
          type: 'bytes-forwarded',
          text: shown.slice(0, shownTextLimit).toWellFormed(),
          bytes: chunk.length,
          ...(shown.length > shownTextLimit && { truncated: true }),
        },
        chunk.length,
      );
      if (!response.write(chunk)) incoming.pause();
    };
    const stages = downstreamStages(upstream.faults, forward, breakOff);
    response.once('close', () => stages[Symbol.dispose]());
    incoming.on('data', (chunk: Buffer) => stages.push(chunk));
    response.on('drain', () => incoming.resume());
    incoming.on('end', () => {
      if (!incoming.complete || over) return;
      stages.flush();
      stages[Symbol.dispose]();
      response.end();
      tap({ type: 'response-end', by: 'server' });
      finish({ kind: 'done' });
    });
    incoming.on('error', () => {
      // The client must not take half an answer for a whole one.
      response.destroy();
      finish({ kind: 'failed', why: 'The process broke the connection off.', answered: true });
    });
  });
  outgoing.on('error', (error: NodeJS.ErrnoException) => {
    finish({ kind: 'failed', why: failure(error), answered: response.headersSent });
  });
  response.once('close', () => {
    if (over) return;
    outgoing.destroy();
    tap({ type: 'response-end', by: 'client' });
    finish({ kind: 'done' });
  });
  return promise;
}

/**
 * Of a body that is too long, no more is sent on than tells the worker so: one more write into the connection that it
 * is closing would fail, and take its answer away.
 */
function pumpBody(request: IncomingMessage, outgoing: ClientRequest, maxBytes: number, tap: Tap): void {
  const text = new StringDecoder('utf8');
  let shown = '';
  let bytes = 0;
  const declaredBytes = Number(request.headers['content-length'] ?? 0);
  // The head leaves with the first write, which may never come.
  if (declaredBytes > maxBytes) outgoing.flushHeaders();
  const onData = (chunk: Buffer): void => {
    const isEnough = bytes > maxBytes || declaredBytes > maxBytes;
    bytes += chunk.length;
    if (isEnough) return;
    if (shown.length <= shownTextLimit) shown += text.write(chunk);
    if (!outgoing.write(chunk)) request.pause();
  };
  const onEnd = (): void => {
    if (bytes > maxBytes) return;
    if (bytes > 0) {
      const truncated = shown.length > shownTextLimit;
      tap({
        type: 'request-body',
        body: shown.slice(0, shownTextLimit).toWellFormed(),
        bodyBytes: bytes,
        ...(truncated && { truncated }),
      });
    }
    outgoing.end();
  };
  request.on('data', onData).on('end', onEnd);
  outgoing.on('drain', () => request.resume());
  outgoing.on('close', () => {
    // The worker answered without reading to the end. The rest is read into nowhere: a connection closed on a client
    // that is still sending is reset, and its answer lost (RFC 9112, 9.6). The server's request timeout bounds this.
    request.off('data', onData).off('end', onEnd);
    request.resume();
  });
}

function failure(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ECONNREFUSED':
    case 'ENOENT':
      return 'Nobody listens on its socket.';
    case 'ECONNRESET':
      return 'The process broke the connection off.';
    default:
      return `The connection failed (${error.code ?? 'unknown cause'}).`;
  }
}
