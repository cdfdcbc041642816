/**
 * The router's edge: takes each request of a client to a process, and tells what happens on the way. What stands at the
 * client's lifeline in a figure is what is observed here.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { HeaderList } from '../transport/trace.ts';
import { type Connection, Connections } from './connections.ts';
import { type LastingFaults, noFaults } from './faults.ts';
import type { Processes } from './processes.ts';
import { relay, type Tap } from './relay.ts';
import type { Router } from './router.ts';
import { clientName, headerPairs, shownHeaders, shownTarget } from './shown.ts';
import type { ProcessName, RouterEvent, WireEvent } from './wire.ts';
import type { WorkerProcess } from './worker-process.ts';

export type EdgeEvent = Pick<WireEvent, 'exchange' | 'connection' | 'session'> & { body: RouterEvent };

/** An exchange that a process has begun and not ended. */
interface UnderWay {
  readonly pid: number;
  /** Masked session and name of the stream that the answer carries, once the process said so. */
  session?: string;
  stream?: string;
  /** Breaks it off. */
  readonly abort: AbortController;
}

/** So long a broken connection waits to be told how the process ended, which takes the system a few milliseconds. */
const longestExitMs = 250;

export class Edge {
  readonly #router: Router;
  readonly #processes: Processes;
  readonly #tell: (event: EdgeEvent, bytes?: number) => void;
  readonly #connections = new Connections();
  /** Exchanges that are under way, and the process that has each. */
  readonly #underWay = new Map<string, UnderWay>();
  /** What is injected into every exchange from now on. */
  faults: LastingFaults = noFaults;
  #lastExchange = 0;

  constructor(router: Router, processes: Processes, tell: (event: EdgeEvent, bytes?: number) => void) {
    this.#router = router;
    this.#processes = processes;
    this.#tell = tell;
  }

  /** The exchanges that a process has begun and not ended. */
  underWayAt(pid: number): string[] {
    return [...this.#underWay].filter(([, at]) => at.pid === pid).map(([exchange]) => exchange);
  }

  /** A process told which stream the answer of this exchange carries. */
  carries(exchange: string, stream: string, session: string | undefined): void {
    const underWay = this.#underWay.get(exchange);
    if (underWay) Object.assign(underWay, { stream, ...(session !== undefined && { session }) });
  }

  /** Breaks the connections that carry this stream. @returns how many */
  drop(stream: string, session: string | undefined): number {
    const carrying = [...this.#underWay.values()].filter(
      (other) => other.stream === stream && (session === undefined || other.session === session),
    );
    for (const { abort } of carrying) abort.abort();
    return carrying.length;
  }

  /**
   * Serves one request to the lab's MCP endpoint.
   * @returns why no process answered, when nothing was sent to the client yet; the caller answers
   */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<string | undefined> {
    const exchange = `x${++this.#lastExchange}`;
    const connection = this.#connections.of(request);
    const tap = this.#tapOf(exchange, connection);
    tap({
      type: 'request-arrived',
      method: request.method ?? '',
      target: shownTarget(request.url ?? ''),
      headers: shownHeaders(headerPairs(request.rawHeaders)),
      client: clientName(request.headers['user-agent']),
    });
    const named = request.headers['mcp-session-id'];
    const session = typeof named === 'string' && named !== '' ? named : undefined;
    const choice = this.#router.choose(connection, this.#processes.candidates(), session);
    tap({ type: 'process-chosen', ...choice });
    if (this.faults.delayMs > 0) await delay(this.faults.delayMs);
    if (response.destroyed) {
      tap({ type: 'response-end', by: 'client' });
      return undefined;
    }
    const worker = this.#processes.get(choice.process);
    const failure = worker
      ? await this.#relay(request, response, { exchange, worker, process: choice.process, tap })
      : { why: 'It has died, and its successor is still starting.', answered: false };
    if (!failure) return undefined;
    tap({ type: 'process-failed', process: choice.process, why: failure.why });
    if (failure.answered) {
      tap({ type: 'response-end', by: 'server' });
      return undefined;
    }
    if (response.closed) {
      tap({ type: 'response-end', by: 'client' });
      return undefined;
    }
    response.once('close', () => {
      tap({ type: 'response-head', status: response.statusCode, headers: shownHeaders(sentHeaders(response)) });
      tap({ type: 'response-end', by: response.writableFinished ? 'server' : 'client' });
    });
    return failure.why;
  }

  #tapOf(exchange: string, { name: connection }: Connection): Tap {
    let session: string | undefined;
    return (body, bytes) => {
      // Known from the request on, or from the answer that opens the session.
      session ??= 'headers' in body ? sessionIn(body.headers) : undefined;
      this.#tell({ exchange, connection, ...(session !== undefined && { session }), body }, bytes);
    };
  }

  /** @returns what went wrong, if anything did */
  async #relay(
    request: IncomingMessage,
    response: ServerResponse,
    to: { exchange: string; worker: WorkerProcess; process: ProcessName; tap: Tap },
  ): Promise<{ why: string; answered: boolean } | undefined> {
    const { exchange, worker, process, tap } = to;
    const { pid, agent, settings } = worker;
    const abort = new AbortController();
    this.#underWay.set(exchange, { pid, abort });
    let forwardedBytes = 0;
    const upstream = {
      ...settings,
      agent,
      exchange,
      faults: this.faults,
      signal: abort.signal,
      onSession: (id: string) => this.#router.learn(id, process),
    };
    const end = await relay(request, response, upstream, (body, bytes) => {
      if (body.type === 'bytes-forwarded') forwardedBytes += body.bytes;
      tap(body, bytes);
    });
    // The reader learns why from how the process ended, and in that order.
    const exit = end.kind === 'failed' ? await worker.exitWithin(longestExitMs) : undefined;
    this.#underWay.delete(exchange);
    if (end.kind === 'done') return undefined;
    const { why, answered } = end;
    if (!exit) return { why, answered };
    const how = exit.signal !== null ? `was killed (${exit.signal})` : `exited (code ${exit.code})`;
    const when = answered
      ? `in the middle of its answer: ${forwardedBytes} bytes had gone on to the client, and the rest was never sent`
      : 'before it answered';
    return { why: `${process} ${how} ${when}.`, answered };
  }
}

/** Masked, as it stands in the headers that may be shown. */
function sessionIn(headers: HeaderList): string | undefined {
  return headers.find(([name, value]) => name.toLowerCase() === 'mcp-session-id' && value !== '')?.[1];
}

function* sentHeaders(response: ServerResponse): Generator<[string, string]> {
  for (const [name, value] of Object.entries(response.getHeaders())) yield [name, String(value)];
}
