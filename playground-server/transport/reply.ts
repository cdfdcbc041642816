import { StoreUnreachable } from './backplane/backplane.ts';
import type { ErrorName } from './errors.ts';
import type { EventSink, Exchange, ResponseHeaders } from './exchange.ts';
import type { JsonObject, RequestId } from './json-rpc.ts';
import { refusal, refusalBody } from './refusal.ts';
import { errorText, maskHeaders, type Trace, type TraceEvent, type TracePlace } from './trace.ts';

/** Headers that every answer of one transport carries, prepared once. */
export interface StandingHeaders {
  readonly bare: ResponseHeaders;
  readonly json: ResponseHeaders;
  readonly eventStream: ResponseHeaders;
}

/** @param standing such as the instance header */
export function standingHeaders(standing: ResponseHeaders): StandingHeaders {
  return {
    bare: standing,
    json: { 'content-type': 'application/json', ...standing },
    eventStream: {
      'content-type': 'text/event-stream',
      // no-transform: a proxy that compressed the stream would hold events back.
      'cache-control': 'no-cache, no-transform',
      // nginx's own switch against buffering (2026-07-28, Streamable HTTP, Receiving Messages).
      'x-accel-buffering': 'no',
      ...standing,
    },
  };
}

/** One exchange and how it is answered: joins the standing headers, CORS and the trace. */
export class Reply {
  readonly exchange: Exchange;
  /** CORS headers, when the request came from an allowed other origin. */
  cors: ResponseHeaders | undefined;
  /** Masked id of the session in question, once one was found. */
  session: string | undefined;
  /** Who calls, where the option `principal` says so. */
  principal: string | null = null;
  /** The id of the JSON-RPC request, once it was parsed: from then on every error echoes it (rule G6). */
  requestId: RequestId | undefined;
  readonly #standing: StandingHeaders;
  readonly #trace: Trace | null;

  constructor(exchange: Exchange, standing: StandingHeaders, trace: Trace | null) {
    this.exchange = exchange;
    this.#standing = standing;
    this.#trace = trace;
  }

  /** An answer with one JSON object. */
  json(status: number, body: string, extra?: ResponseHeaders): void {
    this.#respond(status, this.#merge(this.#standing.json, extra), body, false);
  }

  /** An answer without a body. */
  empty(status: number, extra?: ResponseHeaders): void {
    this.#respond(status, this.#merge(this.#standing.bare, extra), '', false);
  }

  refuse(
    name: ErrorName,
    values?: Record<string, string | number>,
    data?: JsonObject,
    extra: ResponseHeaders = {},
  ): void {
    const refused = refusal(name, values, data);
    const { entry, message } = refused;
    if (entry.retryAfterSeconds !== undefined) extra['retry-after'] = String(entry.retryAfterSeconds);
    if (entry.allow !== undefined) extra.allow = entry.allow;
    if (this.#trace) this.trace({ type: 'request-refused', rule: entry.rule, status: entry.status, message });
    const headers = this.#merge(this.#standing.json, extra);
    this.#respond(entry.status, headers, refusalBody(refused, this.requestId), entry.closesConnection === true);
  }

  /** Runs work that came back from a callback: what it throws is answered, never let loose (rule X4). */
  guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.fault(error);
    }
  }

  /** A fault of ours or of the backplane's. The client learns that there was one, and the trace which (rule G6). */
  fault(error: unknown): void {
    if (this.#trace) this.trace({ type: 'handler-failed', method: this.exchange.method, error: errorText(error) });
    this.refuse(error instanceof StoreUnreachable ? 'storeUnreachable' : 'unexpected');
  }

  eventStream(): EventSink {
    return this.exchange.openEventStream(this.#merge(this.#standing.eventStream));
  }

  trace(event: TraceEvent): void {
    this.#trace?.(event, this.place());
  }

  /** Where events of this exchange happen. */
  place(stream?: string): TracePlace {
    const place: TracePlace = { exchange: this.exchange.id };
    if (this.session !== undefined) place.session = this.session;
    if (stream !== undefined) place.stream = stream;
    return place;
  }

  #merge(headers: ResponseHeaders, extra?: ResponseHeaders): ResponseHeaders {
    return this.cors || extra ? { ...headers, ...this.cors, ...extra } : headers;
  }

  #respond(status: number, headers: ResponseHeaders, body: string, closeConnection: boolean): void {
    if (this.#trace) {
      this.trace({ type: 'response-sent', status, headers: maskHeaders(Object.entries(headers)), body });
    }
    this.exchange.respond(status, headers, body, closeConnection);
  }
}
