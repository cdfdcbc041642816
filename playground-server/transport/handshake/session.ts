import { ignorable } from '../awaitable.ts';
import { applyChange } from '../backplane/apply-change.ts';
import type { SessionChange, SessionRecord, StreamLog, StreamPurpose } from '../backplane/backplane.ts';
import type { Core } from '../core.ts';
import { encodeNotification } from '../encode.ts';
import {
  AskError,
  type Awaitable,
  type ClientRequestOptions,
  type Implementation,
  type LogLevel,
  type SessionHandle,
} from '../handler.ts';
import {
  type JsonObject,
  type JsonRpcRequest,
  type JsonRpcResponse,
  type JsonValue,
  type RequestId,
  rpcCodes,
} from '../json-rpc.ts';
import { maskSessionId, type SessionEndReason } from '../trace.ts';
import { ClientRequests } from './client-requests.ts';
import { followed } from './followed.ts';
import type { RunningRequest } from './request.ts';
import { RequestHost } from './request-host.ts';
import { Stream, standaloneName } from './stream.ts';
import { UnloggedStream } from './unlogged.ts';

/**
 * The live half of a session, in the one process that serves it: its streams and the requests in flight. The other
 * half, the record, is data and belongs to the backplane (rule S5).
 */
export class LiveSession extends RequestHost implements SessionHandle {
  /** As it was when this instance read it last, with what is changed here. */
  #record: SessionRecord;
  /** Changes that the store has not answered yet: what is read meanwhile may not have them. */
  #changes: SessionChange[] | undefined;
  readonly maskedId: string;
  readonly streams = new Map<string, Stream>();
  #clientRequests: ClientRequests | undefined;
  readonly #firstStream: number;
  #nextStream: number;
  /** Open connections and requests in flight: while there are any the session does not expire (rule S1). */
  #uses = 0;

  /** @param openedHere by this very instance, which then numbers its streams from 1 */
  constructor(
    core: Core,
    record: SessionRecord,
    broadcast: (method: string, params?: JsonObject) => void,
    openedHere: boolean,
  ) {
    super(core, broadcast);
    this.#record = record;
    this.#firstStream = openedHere ? 1 : elsewhere();
    this.#nextStream = this.#firstStream;
    this.maskedId = maskSessionId(record.id);
  }

  get record(): SessionRecord {
    return this.#record;
  }

  /** It was read anew. */
  set record(record: SessionRecord) {
    for (const change of this.#changes ?? []) applyChange(record, change);
    this.#record = record;
  }

  get id(): string {
    return this.record.id;
  }

  get sessionId(): string {
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

  get principal(): string | null {
    return this.record.principal;
  }

  get logLevel(): LogLevel {
    return this.record.logLevel;
  }

  /** Made with the first question: most sessions never ask one. */
  get clientRequests(): ClientRequests {
    this.#clientRequests ??= new ClientRequests(this.core, this.maskedId, this.clientCapabilities);
    return this.#clientRequests;
  }

  setLogLevel(level: LogLevel): Awaitable<void> {
    return this.#change({ kind: 'level', level });
  }

  subscribe(uri: string): Awaitable<void> {
    return this.#change({ kind: 'subscribe', uri });
  }

  unsubscribe(uri: string): Awaitable<void> {
    return this.#change({ kind: 'unsubscribe', uri });
  }

  get(key: string): JsonValue | undefined {
    return Object.hasOwn(this.record.data, key) ? this.record.data[key] : undefined;
  }

  set(key: string, value: JsonValue): Awaitable<void> {
    return this.#change({ kind: 'set', key, value });
  }

  keys(): string[] {
    return Object.keys(this.record.data);
  }

  notify(method: string, params?: JsonObject): void {
    this.notifyEncoded(method, encodeNotification(method, params));
  }

  /** A message that belongs to no request goes to the standalone stream, whether or not someone reads it (E4, E7). */
  notifyEncoded(method: string, json: string, broadcast?: string): void {
    if (this.ended) {
      this.core.trace?.({ type: 'message-dropped', method, why: 'session-ended' }, { session: this.maskedId });
      return;
    }
    this.standalone().append(json, false, broadcast === undefined ? {} : { broadcast });
  }

  standalone(): Stream {
    return this.streams.get(standaloneName) ?? this.#openStream(standaloneName, {});
  }

  request(method: string, params?: JsonObject, options: ClientRequestOptions = {}): Promise<JsonObject> {
    return ignorable(this.#request(method, params, options));
  }

  /** The client takes back every request in flight with this id, through another instance. */
  cancel(id: RequestId): void {
    for (const request of this.running(id)) {
      this.core.trace?.({ type: 'request-cancelled', id }, { session: this.maskedId });
      request.cancel();
    }
  }

  /** A response of the client; `false`: nobody here waits for it. */
  answered(response: JsonRpcResponse): boolean {
    return this.#clientRequests?.answered(response) === true;
  }

  /** The questions of this instance that wait for an answer, by their ids. */
  unanswered(): readonly string[] {
    return this.#clientRequests?.waiting() ?? [];
  }

  /** One synthesised notification per thing that the session follows, for a reader that missed some (rule R2). */
  resynchronise(): void {
    for (const [method, params] of followed(this.core.options.handler.describe().capabilities, this.record)) {
      this.notify(method, params);
    }
  }

  /** Whether a request of this session had the stream of this name. */
  hadStream(name: string): boolean {
    return Number(name) >= this.#firstStream && Number(name) < this.#nextStream;
  }

  /** Takes up a stream that ended, or that another instance runs, from its log: for as long as someone reads it. */
  revive(name: string, log: StreamLog): Stream {
    const stream = new Stream(this, name, log, { revived: true });
    this.streams.set(name, stream);
    return stream;
  }

  override over(request: RunningRequest): void {
    this.#clientRequests?.cancelCausedBy(request);
    super.over(request);
  }

  forget(stream: Stream): void {
    if (this.streams.get(stream.name) === stream) this.streams.delete(stream.name);
  }

  hold(): void {
    if (this.#uses++ === 0 && !this.ended) this.core.options.backplane.sessions.hold(this.id);
  }

  release(): void {
    if (--this.#uses === 0 && !this.ended) this.core.options.backplane.sessions.release(this.id);
  }

  /** Closes the streams, then aborts the handlers (rule S3). The record is gone already. */
  dispose(reason: SessionEndReason): void {
    this.ended = { reason };
    for (const stream of this.streams.values()) stream.close();
    this.streams.clear();
    this.#clientRequests?.end();
    for (const request of this.inFlight) request.abandon(reason);
  }

  /** This instance ends, and the session does not: what still runs here is answered, and over (rule X1). */
  interrupt(): void {
    this.#clientRequests?.end();
    for (const request of this.inFlight) request.interrupt();
  }

  /** This instance serves it no more, and the store is told that it holds it no more. */
  leave(): void {
    for (const stream of this.streams.values()) stream.close();
    this.ended = {};
  }

  protected openRequestStream(served: JsonRpcRequest | readonly RequestId[]): Stream {
    const name = String(this.#nextStream++);
    const instance = this.core.bus.bootId;
    if ('method' in served) return this.#openStream(name, { instance, request: served.id }, served);
    return this.#openStream(name, { instance, batch: served });
  }

  async #request(
    method: string,
    params: JsonObject | undefined,
    { timeoutMs }: ClientRequestOptions,
  ): Promise<JsonObject> {
    if (this.ended) throw new AskError('session-ended', rpcCodes.internalError, 'The session ended.');
    return this.clientRequests.send(this.standalone(), method, params, timeoutMs);
  }

  #openStream(name: string, purpose: StreamPurpose, request?: JsonRpcRequest): Stream {
    const { eventLog, backplane } = this.core.options;
    const log = eventLog ? backplane.logs.open(this.id, name, eventLog, purpose) : new UnloggedStream();
    const stream = new Stream(this, name, log, request ? { request } : {});
    this.streams.set(name, stream);
    return stream;
  }

  #change(change: SessionChange): Awaitable<void> {
    const { bus, options } = this.core;
    const { sessions, shared } = options.backplane;
    // A record in memory is the stored one.
    if (!shared) return sessions.update(this.id, change);
    applyChange(this.record, change);
    const updated = sessions.update(this.id, change);
    const tell = () => bus.tellOthers({ kind: 'changed', session: this.id });
    if (!(updated instanceof Promise)) return tell();
    this.#changes = [...(this.#changes ?? []), change];
    return updated.then(tell).finally(() => {
      this.#changes = this.#changes?.filter((other) => other !== change);
    });
  }
}

/**
 * Where an instance begins to number the streams of a session that another one opened: so far up, and at random, that
 * no two name a stream alike.
 */
function elsewhere(): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint16Array(2));
  return (1 + high * 0x10000 + low) * 10_000;
}
