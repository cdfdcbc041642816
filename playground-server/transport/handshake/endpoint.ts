import { attempt, settle } from '../awaitable.ts';
import type { Core } from '../core.ts';
import { accepts } from '../guards.ts';
import type { MessageContext } from '../handler.ts';
import type { JsonRpcNotification, JsonRpcRequest, JsonRpcResponse, Received, RequestId } from '../json-rpc.ts';
import { quoted } from '../refusal.ts';
import type { Reply } from '../reply.ts';
import { requestHead } from '../request-head.ts';
import { errorText } from '../trace.ts';
import { batchVersion, handshakeVersions, isHandshakeVersion } from '../versions.ts';
import { askerOf } from './asker.ts';
import { readBatch } from './batch.ts';
import { askedBy } from './client-requests.ts';
import { LetIn } from './let-in.ts';
import { OpeningRequests } from './opening.ts';
import type { Outlet } from './outlet.ts';
import type { RequestHost } from './request-host.ts';
import { ResumeRequests } from './resume.ts';
import { LiveSession } from './session.ts';
import { type Broadcast, Sessions } from './sessions.ts';
import { StatelessRequests } from './stateless.ts';

/** The handshake era's three verbs. Each method refuses in the order in which the contract lists its rules. */
export class HandshakeEndpoint {
  readonly sessions: Sessions;
  readonly #core: Core;
  readonly #letIn: LetIn;
  readonly #opening: OpeningRequests;
  readonly #resuming: ResumeRequests;
  readonly #stateless: StatelessRequests;

  /** @param broadcast to everyone, on every instance */
  constructor(core: Core, broadcast: Broadcast) {
    this.#core = core;
    this.sessions = new Sessions(core, broadcast);
    this.#letIn = new LetIn(core);
    this.#opening = new OpeningRequests(core, this.sessions);
    this.#resuming = new ResumeRequests(core);
    this.#stateless = new StatelessRequests(core, broadcast);
  }

  /** One message of the client, after P1 to P5. */
  post(classified: Received, reply: Reply): void {
    if (classified.kind === 'request' && classified.message.method === 'initialize') {
      return this.#opening.post(classified.message, reply);
    }
    if (this.#core.options.stateless) return this.#postStateless(classified, reply);
    this.#inSession(reply, (session) => this.#serve(classified, session, reply));
  }

  /** Opens the standalone stream, or resumes any stream (rules E2, E3, R1, R2). */
  get(reply: Reply): void {
    if (!accepts(reply.exchange.header('accept'), 'text/event-stream')) return reply.refuse('notAcceptableGet');
    this.#inSession(reply, (session) => {
      const lastEventId = reply.exchange.header('last-event-id');
      if (lastEventId) this.#resuming.resume(session, lastEventId, reply);
      else this.#resuming.openStandalone(session, reply);
    });
  }

  /** Ends the session (rule S4). */
  delete(reply: Reply): void {
    this.#inSession(reply, (session) => {
      this.sessions.end(
        session.id,
        'deleted',
        () => reply.empty(200),
        (error) => reply.fault(error),
      );
    });
  }

  async close(): Promise<void> {
    this.#stateless.close();
    await this.sessions.close();
  }

  /** Without a session the header alone says which version is spoken (rule P6). */
  #postStateless(classified: Received, reply: Reply): void {
    if (this.#stateless.closed) return reply.refuse('modernClosing');
    const version = reply.exchange.header('mcp-protocol-version') ?? batchVersion;
    if (!isHandshakeVersion(version)) return this.#refuseVersion(version, reply);
    this.#serve(classified, this.#stateless.visit(reply, version), reply);
  }

  #serve(classified: Received, host: RequestHost, reply: Reply): void {
    switch (classified.kind) {
      case 'array':
        return this.#batch(classified.messages, host, reply);
      case 'request': {
        return this.#letIn.ask([classified.message.id], host, reply, (countedAs) => {
          this.#traceReceived(classified, reply);
          host.serve(classified.message, reply, countedAs);
        });
      }
      case 'notification':
        this.#traceReceived(classified, reply);
        reply.empty(202);
        return this.#takeIn(classified, host, reply);
      case 'response':
        this.#traceReceived(classified, reply);
        // Whoever waits for it may be elsewhere: it is accepted when the store has it for them.
        return this.#response(classified.message, host, reply, () => reply.empty(202));
    }
  }

  /** All messages of an array are served, in their order, or none (rule P6). */
  #batch(values: readonly unknown[], host: RequestHost, reply: Reply): void {
    if (host.protocolVersion !== batchVersion) return reply.refuse('batchNotServed');
    const batch = readBatch(values, this.#core.options.maxBatch);
    if (batch.kind === 'invalid') return reply.refuse('batchInvalid', { why: batch.why });
    const ids = batch.messages.flatMap((given) => (given.kind === 'request' ? [given.message.id] : []));
    const serve = (firstRun = 0, outlet?: Outlet) => {
      let countedAs = firstRun;
      for (const given of batch.messages) {
        this.#traceReceived(given, reply);
        if (given.kind !== 'request') this.#takeIn(given, host, reply);
        else if (outlet) host.run(given.message, reply, outlet, firstRun && countedAs++);
      }
    };
    if (ids.length === 0) {
      reply.empty(202);
      return serve();
    }
    this.#letIn.ask(ids, host, reply, (firstRun) => {
      const failed = () => {
        if (firstRun !== 0 && host.sessionId !== undefined)
          this.#core.runs?.leave(host.sessionId, firstRun, ids.length);
      };
      host.openBatch(ids, reply, (outlet) => serve(firstRun, outlet), failed);
    });
  }

  /** What needs no answer. */
  #takeIn(given: Extract<Received, { kind: 'notification' | 'response' }>, host: RequestHost, reply: Reply): void {
    if (given.kind === 'response') return this.#response(given.message, host, reply, () => {});
    const { method, params } = given.message;
    if (method !== 'notifications/cancelled') return this.#notify(given.message, host, reply);
    const id = params?.requestId;
    if (typeof id === 'string' || typeof id === 'number') this.#cancel(id, host, reply);
  }

  /** Its handler may run on any instance: whoever has one stops it (rule P15). */
  #cancel(id: RequestId, host: RequestHost, reply: Reply): void {
    for (const running of host.running(id)) {
      if (this.#core.trace) reply.trace({ type: 'request-cancelled', id });
      running.cancel();
    }
    if (host instanceof LiveSession) this.#core.bus.tellOthers({ kind: 'cancel', session: host.id, requestId: id });
  }

  /** The instance that asked may be another one: its boot id stands in the id (rule C1). */
  #response(response: JsonRpcResponse, host: RequestHost, reply: Reply, accepted: () => void): void {
    if (!(host instanceof LiveSession)) return accepted();
    const { id: question } = response;
    const asker = askedBy(question);
    const { bus, options } = this.#core;
    if (typeof question === 'string' && asker !== undefined && asker !== bus.bootId) {
      return attempt(
        () => options.backplane.sessions.keepAnswer(host.id, question, JSON.stringify(response)),
        () => {
          bus.tell(asker, { kind: 'answer', session: host.id, question });
          accepted();
        },
        (error) => reply.fault(error),
      );
    }
    accepted();
    const waiting = host.answered(response);
    if (this.#core.trace && response.id !== undefined) {
      reply.trace({ type: 'client-answered', id: response.id, waiting });
    }
  }

  /** It is accepted already, and nobody waits for what comes of it: a fault is for the trace alone. */
  #notify(notification: JsonRpcNotification, context: MessageContext, reply: Reply): void {
    const failed = (error: unknown) => {
      const { method } = notification;
      if (this.#core.trace) reply.trace({ type: 'handler-failed', method, error: errorText(error) });
    };
    try {
      settle(this.#core.options.handler.notification?.(notification, context), () => {}, failed);
    } catch (error) {
      failed(error);
    }
  }

  /** Rules P7 to P9: the session that the request names, or a refusal. */
  #inSession(reply: Reply, serve: (session: LiveSession) => void): void {
    if (this.sessions.left) return reply.refuse('modernClosing');
    const id = reply.exchange.header('mcp-session-id');
    if (!id) return reply.refuse('sessionIdMissing');
    this.sessions.find(
      id,
      askerOf(reply),
      (found) => {
        if (found.kind === 'missing') {
          const { reason } = found;
          if (this.#core.trace) reply.trace({ type: 'session-missing', reason });
          return reply.refuse('sessionNotFound', {}, { reason });
        }
        if (found.kind === 'live') {
          reply.session = found.session.maskedId;
          if (this.#core.trace) reply.trace({ type: 'session-found' });
        }
        const header = reply.exchange.header('mcp-protocol-version');
        if (header !== undefined && !isHandshakeVersion(header)) return this.#refuseVersion(header, reply);
        if (found.kind === 'forbidden') return reply.refuse('sessionForbidden');
        this.#noteVersion(found.session, header, reply);
        this.#authorized(found.session, reply, serve);
      },
      (error) => reply.fault(error),
    );
  }

  /** The session's version governs; a header that names another one we speak is only noted (rule P8). */
  #noteVersion(session: LiveSession, header: string | undefined, reply: Reply): void {
    if (header === undefined || header === session.protocolVersion || !this.#core.trace) return;
    reply.trace({ type: 'version-differs', negotiated: session.protocolVersion, header });
  }

  #authorized(session: LiveSession, reply: Reply, serve: (session: LiveSession) => void): void {
    const { authorizeSession } = this.#core.options;
    if (!authorizeSession) return serve(session);
    settle(
      authorizeSession(session.record, requestHead(reply.exchange)),
      (authorized) => (authorized === true ? serve(session) : reply.refuse('sessionForbidden')),
      (error) => reply.fault(error),
    );
  }

  #refuseVersion(version: string, reply: Reply): void {
    reply.refuse('versionNotSupported', { version: quoted(version), supported: handshakeVersions.join(', ') });
  }

  #traceReceived({ kind, message }: Extract<Received, { message: object }>, reply: Reply): void {
    if (!this.#core.trace) return;
    const { method, id } = message as Partial<JsonRpcRequest>;
    reply.trace({ type: 'message-received', kind, ...(method && { method }), ...(id === undefined ? {} : { id }) });
  }
}
