import { settle } from '../awaitable.ts';
import type { Core } from '../core.ts';
import { quoted } from '../errors.ts';
import type { BodyOutcome } from '../exchange.ts';
import { accepts, isJson, remembered } from '../guards.ts';
import {
  type Classified,
  classify,
  isObject,
  type JsonRpcNotification,
  type JsonRpcRequest,
  parseBody,
} from '../json-rpc.ts';
import type { Reply } from '../reply.ts';
import { errorText } from '../trace.ts';
import { handshakeVersions, httpSseVersion, isHandshakeVersion, modernVersionKey } from '../versions.ts';
import { OpeningRequests } from './opening.ts';
import type { LiveSession } from './session.ts';
import { Sessions } from './sessions.ts';
import { keptAfter, type Stream } from './stream.ts';

const supported = handshakeVersions.join(', ');

/** The handshake era's three verbs. Each method refuses in the order in which the contract lists its rules. */
export class HandshakeEndpoint {
  readonly sessions: Sessions;
  readonly #core: Core;
  readonly #opening: OpeningRequests;
  readonly #acceptsPost: (accept: string) => boolean;

  constructor(core: Core) {
    this.#core = core;
    this.sessions = new Sessions(core);
    this.#opening = new OpeningRequests(core, this.sessions);
    this.#acceptsPost = remembered(
      (accept) =>
        accepts(accept, 'application/json') &&
        (core.options.enableJsonResponse || accepts(accept, 'text/event-stream')),
    );
  }

  /** One message of the client (rules P1 to P17). */
  post(reply: Reply): void {
    const { exchange } = reply;
    const { enableJsonResponse, maxRequestBytes, bodyTimeoutMs } = this.#core.options;
    if (!this.#acceptsPost(exchange.header('accept') ?? '')) {
      const needed = enableJsonResponse ? 'application/json' : 'application/json, text/event-stream';
      return reply.refuse('notAcceptablePost', { needed });
    }
    if (!isJson(exchange.header('content-type')) || exchange.header('content-encoding') !== undefined) {
      return reply.refuse('unsupportedMediaType');
    }
    exchange.readBody(maxRequestBytes, bodyTimeoutMs, (outcome) => {
      reply.guard(() => this.#bodyRead(outcome, reply));
    });
  }

  /** Opens the standalone stream, or resumes any stream (rules E2, E3, R1, R2). */
  get(reply: Reply): void {
    const { exchange } = reply;
    if (this.#isModernVerb(reply)) return;
    if (!accepts(exchange.header('accept'), 'text/event-stream')) return reply.refuse('notAcceptableGet');
    this.#inSession(reply, (session) => {
      const lastEventId = exchange.header('last-event-id');
      if (lastEventId) return this.#resume(session, lastEventId, reply);
      const stream = session.standalone();
      if (this.#mayAttach(stream, reply)) stream.attachToUnread(reply);
    });
  }

  /** Ends the session (rule S4). */
  delete(reply: Reply): void {
    if (this.#isModernVerb(reply)) return;
    this.#inSession(reply, (session) => {
      this.sessions.end(
        session.id,
        'deleted',
        () => reply.empty(200),
        (error) => reply.fault(error),
      );
    });
  }

  #bodyRead(outcome: BodyOutcome, reply: Reply): void {
    const { maxRequestBytes, bodyTimeoutMs, maxJsonDepth } = this.#core.options;
    if (outcome.kind === 'aborted') return;
    if (outcome.kind === 'too-large') return reply.refuse('bodyTooLarge', { maxBytes: maxRequestBytes });
    if (outcome.kind === 'too-slow') return reply.refuse('bodyTooSlow', { timeoutMs: bodyTimeoutMs });
    if (this.#core.trace) {
      reply.trace({ type: 'body-received', body: new TextDecoder().decode(outcome.bytes) });
    }
    const parsed = parseBody(outcome.bytes, maxJsonDepth);
    if (parsed.kind === 'not-utf8') return reply.refuse('notUtf8');
    if (parsed.kind === 'not-json') return reply.refuse('notJson');
    if (parsed.kind === 'too-deep') return reply.refuse('tooDeep', { maxDepth: maxJsonDepth });
    this.#received(classify(parsed.value), reply);
  }

  #received(classified: Classified, reply: Reply): void {
    switch (classified.kind) {
      case 'invalid':
        reply.requestId = classified.id;
        return reply.refuse('notAMessage', { why: classified.why });
      case 'array':
        return reply.refuse('batchNotServed');
      case 'request':
        reply.requestId = classified.message.id;
        if (this.#isModern(classified.message, reply)) return this.#refuseModern(reply);
        if (classified.message.method === 'initialize') return this.#opening.post(classified.message, reply);
        return this.#inSession(reply, (session) => {
          this.#request(classified.message, session, reply);
        });
      case 'notification':
        if (this.#isModern(classified.message, reply)) return this.#refuseModern(reply);
        return this.#inSession(reply, (session) => {
          this.#notification(classified.message, session, reply);
        });
      case 'response':
        // Nothing here asks a client anything yet, so no one waits for it.
        return this.#inSession(reply, () => {
          const { id } = classified.message;
          if (this.#core.trace) {
            reply.trace({ type: 'message-received', kind: 'response', ...(id === undefined ? {} : { id }) });
          }
          reply.empty(202);
        });
    }
  }

  #request(request: JsonRpcRequest, session: LiveSession, reply: Reply): void {
    const { maxInFlight, maxStreams, duplicateRequestIds, enableJsonResponse } = this.#core.options;
    const { id, method } = request;
    if (duplicateRequestIds === 'reject' && session.running(id).length > 0) {
      return reply.refuse('duplicateRequestId', { id: typeof id === 'string' ? quoted(id) : id });
    }
    if (session.inFlight.size >= maxInFlight) return reply.refuse('tooManyInFlight', { max: maxInFlight });
    if (!enableJsonResponse && this.#core.connections.count >= maxStreams) return this.#refuseStream(reply);
    if (this.#core.trace) reply.trace({ type: 'message-received', kind: 'request', method, id });
    session.serve(request, reply);
  }

  #notification(notification: JsonRpcNotification, session: LiveSession, reply: Reply): void {
    const { method, params } = notification;
    if (this.#core.trace) reply.trace({ type: 'message-received', kind: 'notification', method });
    reply.empty(202);
    if (method === 'notifications/cancelled') {
      const id = params?.requestId;
      if (typeof id !== 'string' && typeof id !== 'number') return;
      for (const running of session.running(id)) {
        if (this.#core.trace) reply.trace({ type: 'request-cancelled', id });
        running.cancel();
      }
      return;
    }
    const { handler } = this.#core.options;
    // It is accepted already, and nobody waits for what comes of it: a fault is for the trace alone.
    const failed = (error: unknown) => {
      if (this.#core.trace) reply.trace({ type: 'handler-failed', method, error: errorText(error) });
    };
    try {
      settle(handler.notification?.(notification, session), () => {}, failed);
    } catch (error) {
      failed(error);
    }
  }

  #resume(session: LiveSession, lastEventId: string, reply: Reply): void {
    const [, name = '', number = ''] = /^(\d{1,15})\.(\d{1,15})$/.exec(lastEventId) ?? [];
    const cursor = Number(number);
    const eventId = quoted(lastEventId);
    if (name === '' || !this.#core.options.eventLog) return reply.refuse('lastEventIdInvalid', { eventId });
    const failed = (error: unknown) => reply.fault(error);
    settle(
      this.#core.options.backplane.logs.find(session.id, name),
      (log) => {
        if (!log) return reply.refuse('lastEventIdInvalid', { eventId });
        settle(
          log.readAfter(cursor, 1),
          (slice) => {
            if (cursor > slice.lastNumber) return reply.refuse('lastEventIdInvalid', { eventId });
            if (slice.ended && slice.events.length === 0) return reply.refuse('nothingToResume', { eventId });
            const stream = session.streams.get(name);
            if (!this.#mayAttach(stream, reply)) return;
            (stream ?? session.revive(name, log)).attach(reply, keptAfter(slice, cursor));
          },
          failed,
        );
      },
      failed,
    );
  }

  /** Whether one more connection is let in; one that replaces another takes no room of its own (rules E3, P17). */
  #mayAttach(stream: Stream | undefined, reply: Reply): boolean {
    if (stream?.isContested()) reply.refuse('replacedTooOften');
    else if (!stream?.isOpen && this.#core.connections.count >= this.#core.options.maxStreams)
      this.#refuseStream(reply);
    else return true;
    return false;
  }

  /** Rules P7 and P8: the session that the request names, or a refusal. */
  #inSession(reply: Reply, serve: (session: LiveSession) => void): void {
    const id = reply.exchange.header('mcp-session-id');
    if (!id) return reply.refuse('sessionIdMissing');
    this.sessions.find(
      id,
      (found) => {
        if (found.kind === 'missing') {
          const { reason } = found;
          if (this.#core.trace) reply.trace({ type: 'session-missing', reason });
          return reply.refuse('sessionNotFound', {}, { reason });
        }
        const { session } = found;
        reply.session = session.maskedId;
        if (this.#core.trace) reply.trace({ type: 'session-found' });
        if (this.#speaks(session, reply)) serve(session);
      },
      (error) => reply.fault(error),
    );
  }

  /** The session's version governs; a header that names another one we speak is only noted (rule P8). */
  #speaks(session: LiveSession, reply: Reply): boolean {
    const header = reply.exchange.header('mcp-protocol-version');
    if (header === undefined || header === session.protocolVersion) return true;
    if (!isHandshakeVersion(header)) {
      reply.refuse('versionNotSupported', { version: quoted(header), supported });
      return false;
    }
    if (this.#core.trace) reply.trace({ type: 'version-differs', negotiated: session.protocolVersion, header });
    return true;
  }

  /** Rule G5: the body decides; without its word, a version that is not the handshake's on a request outside any session. */
  #isModern(message: JsonRpcRequest | JsonRpcNotification, reply: Reply): boolean {
    const meta = message.params?._meta;
    if (isObject(meta) && modernVersionKey in meta) return true;
    return message.method !== 'initialize' && this.#namesModernVersion(reply);
  }

  #namesModernVersion({ exchange }: Reply): boolean {
    const version = exchange.header('mcp-protocol-version');
    if (version === undefined || exchange.header('mcp-session-id')) return false;
    return !isHandshakeVersion(version) && version !== httpSseVersion;
  }

  /** GET and DELETE exist in the handshake era alone (rule G5). */
  #isModernVerb(reply: Reply): boolean {
    if (!this.#namesModernVersion(reply)) return false;
    const { exchange } = reply;
    const version = quoted(exchange.header('mcp-protocol-version') as string);
    reply.refuse('modernVerbNotServed', { version, verb: exchange.method });
    return true;
  }

  /** No code that a modern client would take for a modern server's: it falls back to `initialize`. */
  #refuseModern(reply: Reply): void {
    reply.refuse('modernNotServed', { supported }, { supported: [...handshakeVersions] });
  }

  #refuseStream(reply: Reply): void {
    reply.refuse('tooManyStreams', { max: this.#core.options.maxStreams });
  }
}
