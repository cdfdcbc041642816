import type { Core } from '../core.ts';
import type { Implementation, LogLevel, SessionHandle } from '../handler.ts';
import type { JsonObject, JsonRpcRequest, RequestId } from '../json-rpc.ts';
import type { Reply } from '../reply.ts';
import type { ClientRequests } from './client-requests.ts';
import { BatchOutlet, JsonBatchOutlet, JsonOutlet, type Outlet } from './outlet.ts';
import { type RequestOwner, RunningRequest } from './request.ts';
import type { Stream, StreamOwner } from './stream.ts';

/** What requests run in: a session, or in stateless mode what stands in for one. */
export abstract class RequestHost implements RequestOwner, StreamOwner {
  readonly core: Core;
  readonly broadcast: (method: string, params?: JsonObject) => void;
  readonly inFlight = new Set<RunningRequest>();

  constructor(core: Core, broadcast: (method: string, params?: JsonObject) => void) {
    this.core = core;
    this.broadcast = broadcast;
  }

  abstract readonly session: SessionHandle | null;
  /** `undefined` in stateless mode. */
  abstract readonly sessionId: string | undefined;
  abstract readonly maskedId: string | undefined;
  abstract readonly protocolVersion: string;
  abstract readonly clientInfo: Implementation | null;
  abstract readonly clientCapabilities: JsonObject;
  abstract readonly principal: string | null;
  abstract readonly logLevel: LogLevel;
  abstract readonly clientRequests: ClientRequests | undefined;

  ended: StreamOwner['ended'];

  abstract hold(): void;
  abstract release(): void;
  abstract forget(stream: Stream): void;
  /** The stream of a new request, or of a whole batch. */
  protected abstract openRequestStream(request: JsonRpcRequest | readonly RequestId[]): Stream;

  appended({ name }: Stream): void {
    const { bus, options } = this.core;
    if (this.sessionId && options.backplane.shared)
      bus.tellOthers({ kind: 'appended', session: this.sessionId, stream: name });
  }

  attached({ name }: Stream, takeover: number): void {
    const { bus, options } = this.core;
    if (this.sessionId && options.backplane.shared)
      bus.tellOthers({ kind: 'attached', session: this.sessionId, stream: name, takeover });
  }

  hungUp({ name }: Stream, takeover: number): void {
    const { bus, options } = this.core;
    if (this.sessionId && options.backplane.shared)
      bus.tellOthers({ kind: 'disconnect', session: this.sessionId, stream: name, takeover });
  }

  /** Serves one request, on a stream of its own or as one JSON object (rule P14). */
  serve(request: JsonRpcRequest, reply: Reply, countedAs: number): void {
    if (this.core.options.enableJsonResponse) return this.run(request, reply, new JsonOutlet(reply), countedAs);
    const stream = this.openRequestStream(request);
    const running = this.#begin(request, reply, stream, countedAs);
    stream.attach(reply, 0, {
      isNew: true,
      attached: () => running.run(),
      failed: () => {
        running.refuse();
        stream.end(() => {});
      },
    });
  }

  /** Where the requests of a batch go: one stream, or one JSON array (rule P6). */
  openBatch(requests: readonly RequestId[], reply: Reply, opened: (outlet: Outlet) => void, failed: () => void): void {
    if (this.core.options.enableJsonResponse) return opened(new JsonBatchOutlet(reply, requests.length));
    const stream = this.openRequestStream(requests);
    stream.attach(reply, 0, {
      isNew: true,
      attached: () => opened(new BatchOutlet(stream, requests.length)),
      failed: () => {
        stream.end(() => {});
        failed();
      },
    });
  }

  /** Lets the handler answer into `outlet`. */
  run(request: JsonRpcRequest, reply: Reply, outlet: Outlet, countedAs: number): void {
    this.#begin(request, reply, outlet, countedAs).run();
  }

  /** It counts as running from now on. */
  #begin(request: JsonRpcRequest, reply: Reply, outlet: Outlet, countedAs: number): RunningRequest {
    const running = new RunningRequest(this, request, reply, outlet, countedAs);
    this.inFlight.add(running);
    this.core.inFlight.begin();
    this.hold();
    return running;
  }

  over({ countedAs }: RunningRequest): void {
    if (countedAs !== 0 && this.sessionId !== undefined) this.core.runs?.leave(this.sessionId, countedAs);
  }

  finished(request: RunningRequest): void {
    if (!this.inFlight.delete(request)) return;
    this.core.inFlight.end();
    this.release();
  }

  /** All requests in flight with this id: some clients use one id for several (rule P13). */
  running(id: RequestId): RunningRequest[] {
    return [...this.inFlight].filter((request) => request.requestId === id);
  }
}
