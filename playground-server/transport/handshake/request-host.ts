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

  abstract hold(): void;
  abstract release(): void;
  abstract forget(stream: Stream): void;
  /** The stream of a new request, or of a whole batch. */
  protected abstract openRequestStream(request?: JsonRpcRequest): Stream;

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

  /** Serves one request, on a stream of its own or as one JSON object (rule P14). */
  serve(request: JsonRpcRequest, reply: Reply): void {
    if (this.core.options.enableJsonResponse) return this.run(request, reply, new JsonOutlet(reply));
    const stream = this.openRequestStream(request);
    stream.attach(reply, 0);
    this.run(request, reply, stream);
  }

  /** Where the requests of a batch go: one stream, or one JSON array (rule P6). */
  openBatch(requests: number, reply: Reply): Outlet {
    if (this.core.options.enableJsonResponse) return new JsonBatchOutlet(reply, requests);
    const stream = this.openRequestStream();
    stream.attach(reply, 0);
    return new BatchOutlet(stream, requests);
  }

  /** Lets the handler answer into `outlet`. */
  run(request: JsonRpcRequest, reply: Reply, outlet: Outlet): void {
    const running = new RunningRequest(this, request, reply, outlet);
    this.inFlight.add(running);
    this.core.inFlight.begin();
    this.hold();
    running.run();
  }

  finished(request: RunningRequest): void {
    this.inFlight.delete(request);
    this.core.inFlight.end();
    this.release();
  }

  /** All requests in flight with this id: some clients use one id for several (rule P13). */
  running(id: RequestId): RunningRequest[] {
    return [...this.inFlight].filter((request) => request.requestId === id);
  }
}
