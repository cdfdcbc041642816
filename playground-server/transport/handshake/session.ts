import type { SessionRecord, StreamLog } from '../backplane/backplane.ts';
import type { Core } from '../core.ts';
import type { Awaitable, Implementation, LogLevel, SessionHandle } from '../handler.ts';
import type { JsonObject, JsonRpcRequest, JsonValue, RequestId } from '../json-rpc.ts';
import type { Reply } from '../reply.ts';
import { maskSessionId, type SessionEndReason } from '../trace.ts';
import { encodeNotification, type RequestOwner, RunningRequest } from './request.ts';
import { Stream, type StreamOwner } from './stream.ts';
import { UnloggedStream } from './unlogged.ts';

const standaloneName = '0';

/**
 * The live half of a session, in the one process that serves it: its streams and the requests in flight. The other
 * half, the record, is data and belongs to the backplane (rule S5).
 */
export class LiveSession implements SessionHandle, RequestOwner, StreamOwner {
  readonly record: SessionRecord;
  readonly core: Core;
  readonly maskedId: string;
  readonly streams = new Map<string, Stream>();
  readonly inFlight = new Set<RunningRequest>();
  readonly broadcast: (method: string, params?: JsonObject) => void;
  #nextStream = 1;
  /** Open connections and requests in flight: while there are any the session does not expire (rule S1). */
  #uses = 0;
  #ended = false;

  constructor(core: Core, record: SessionRecord, broadcast: (method: string, params?: JsonObject) => void) {
    this.core = core;
    this.record = record;
    this.broadcast = broadcast;
    this.maskedId = maskSessionId(record.id);
  }

  get id(): string {
    return this.record.id;
  }

  get session(): this {
    return this;
  }

  get protocolVersion(): string {
    return this.record.protocolVersion;
  }

  get clientInfo(): Implementation {
    return this.record.clientInfo;
  }

  get clientCapabilities(): JsonObject {
    return this.record.clientCapabilities;
  }

  get logLevel(): LogLevel {
    return this.record.logLevel;
  }

  setLogLevel(level: LogLevel): Awaitable<void> {
    this.record.logLevel = level;
    return this.#store();
  }

  subscribe(uri: string): Awaitable<void> {
    if (!this.record.subscriptions.includes(uri)) this.record.subscriptions.push(uri);
    return this.#store();
  }

  unsubscribe(uri: string): Awaitable<void> {
    this.record.subscriptions = this.record.subscriptions.filter((other) => other !== uri);
    return this.#store();
  }

  get(key: string): JsonValue | undefined {
    return Object.hasOwn(this.record.data, key) ? this.record.data[key] : undefined;
  }

  set(key: string, value: JsonValue): Awaitable<void> {
    // A key such as "__proto__" is data like any other.
    Object.defineProperty(this.record.data, key, { value, enumerable: true, configurable: true, writable: true });
    return this.#store();
  }

  keys(): string[] {
    return Object.keys(this.record.data);
  }

  notify(method: string, params?: JsonObject): void {
    this.notifyEncoded(method, encodeNotification(method, params));
  }

  /** A message that belongs to no request goes to the standalone stream, whether or not someone reads it (E4, E7). */
  notifyEncoded(method: string, json: string): void {
    if (this.#ended) {
      this.core.trace?.({ type: 'message-dropped', method, why: 'session-ended' }, { session: this.maskedId });
      return;
    }
    this.standalone().append(json, false);
  }

  standalone(): Stream {
    return this.streams.get(standaloneName) ?? this.#openStream(standaloneName);
  }

  /** Serves one request, on a stream of its own or as one JSON object. */
  serve(request: JsonRpcRequest, reply: Reply): void {
    let stream: Stream | undefined;
    if (!this.core.options.enableJsonResponse) {
      stream = this.#openStream(String(this.#nextStream++), { method: request.method, id: request.id });
      stream.attach(reply, 0);
    }
    const running = new RunningRequest(this, request, reply, stream);
    this.inFlight.add(running);
    this.hold();
    running.run();
  }

  /** All requests in flight with this id: some clients use one id for several (rule P13). */
  running(id: RequestId): RunningRequest[] {
    return [...this.inFlight].filter((request) => request.requestId === id);
  }

  /** Takes a finished stream up again from its log, for as long as someone reads it. */
  revive(name: string, log: StreamLog): Stream {
    const stream = new Stream(this, name, log, { ended: true });
    this.streams.set(name, stream);
    return stream;
  }

  finished(request: RunningRequest): void {
    this.inFlight.delete(request);
    this.release();
  }

  forget(stream: Stream): void {
    if (this.streams.get(stream.name) === stream) this.streams.delete(stream.name);
  }

  hold(): void {
    if (this.#uses++ === 0 && !this.#ended) this.core.options.backplane.sessions.hold(this.id);
  }

  release(): void {
    if (--this.#uses === 0 && !this.#ended) this.core.options.backplane.sessions.release(this.id);
  }

  /** Closes the streams, then aborts the handlers (rule S3). The record is gone already. */
  dispose(reason: SessionEndReason): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const stream of this.streams.values()) stream.close();
    this.streams.clear();
    for (const request of this.inFlight) request.abandon(reason);
  }

  #openStream(name: string, request?: { method: string; id: RequestId }): Stream {
    const { eventLog, backplane } = this.core.options;
    const log = eventLog ? backplane.logs.open(this.id, name, eventLog) : new UnloggedStream();
    const stream = new Stream(this, name, log, request ? { request } : {});
    this.streams.set(name, stream);
    return stream;
  }

  #store(): Awaitable<void> {
    return this.core.options.backplane.sessions.update(this.record);
  }
}
