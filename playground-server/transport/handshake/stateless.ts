import type { Core } from '../core.ts';
import type { JsonObject, JsonRpcRequest, RequestId } from '../json-rpc.ts';
import type { Reply } from '../reply.ts';
import type { RunningRequest } from './request.ts';
import { RequestHost } from './request-host.ts';
import { Stream } from './stream.ts';
import { UnloggedStream } from './unlogged.ts';

/** The requests of an instance that keeps no sessions. */
export class StatelessRequests {
  readonly #core: Core;
  readonly #broadcast: (method: string, params?: JsonObject) => void;
  readonly #visits = new Set<StatelessVisit>();
  #closed = false;

  constructor(core: Core, broadcast: (method: string, params?: JsonObject) => void) {
    this.#core = core;
    this.#broadcast = broadcast;
  }

  /** What serves one POST: it knows what the POST itself says, and nothing else. */
  visit(reply: Reply, protocolVersion: string): StatelessVisit {
    return new StatelessVisit(this.#core, this.#broadcast, reply.principal, protocolVersion, this.#visits);
  }

  /** Nothing is served any more: nobody would end it (rule X1). */
  get closed(): boolean {
    return this.#closed;
  }

  /** Ends what still runs. */
  close(): void {
    this.#closed = true;
    for (const visit of [...this.#visits]) visit.end();
  }
}

/** Stands in for a session while one POST is served (option `stateless`). */
class StatelessVisit extends RequestHost {
  readonly session = null;
  readonly sessionId = undefined;
  readonly maskedId = undefined;
  readonly clientInfo = null;
  readonly clientCapabilities = {};
  readonly clientRequests = undefined;
  readonly logLevel = 'info';
  readonly principal: string | null;
  readonly protocolVersion: string;
  readonly #all: Set<StatelessVisit>;
  #stream: Stream | undefined;

  constructor(
    core: Core,
    broadcast: (method: string, params?: JsonObject) => void,
    principal: string | null,
    protocolVersion: string,
    all: Set<StatelessVisit>,
  ) {
    super(core, broadcast);
    this.principal = principal;
    this.protocolVersion = protocolVersion;
    this.#all = all;
  }

  hold(): void {
    this.#all.add(this);
  }

  /** Each request and each connection holds; the last request to end takes it out. */
  release(): void {
    if (this.inFlight.size === 0) this.#all.delete(this);
  }

  forget(): void {}

  end(): void {
    this.ended = {};
    this.#all.delete(this);
    this.#stream?.close();
    for (const request of [...this.inFlight] as RunningRequest[]) request.abandon();
  }

  protected openRequestStream(served: JsonRpcRequest | readonly RequestId[]): Stream {
    this.#stream = new Stream(this, '1', new UnloggedStream(), 'method' in served ? { request: served } : {});
    return this.#stream;
  }
}
