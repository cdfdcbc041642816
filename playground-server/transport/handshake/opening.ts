import type { Core } from '../core.ts';
import { encodeResult } from '../encode.ts';
import type { JsonRpcRequest } from '../json-rpc.ts';
import type { Reply } from '../reply.ts';
import { errorText } from '../trace.ts';
import { askerOf } from './asker.ts';
import { initializeResult, isUsableSessionId, newRecord, type Opening, readOpening } from './initialize.ts';
import type { Sessions } from './sessions.ts';

/** Answers `initialize`: the one request that needs no session, and makes one (rules P10, P11, S6). */
export class OpeningRequests {
  readonly #core: Core;
  readonly #sessions: Sessions;

  constructor(core: Core, sessions: Sessions) {
    this.#core = core;
    this.#sessions = sessions;
  }

  /** Always one JSON object; a failed one leaves nothing behind. */
  post(request: JsonRpcRequest, reply: Reply): void {
    if (this.#core.closing) return reply.refuse('closing');
    if (this.#core.options.stateless) return this.#openNothing(request, reply);
    const given = reply.exchange.header('mcp-session-id');
    if (!given) return this.#open(request, reply);
    // A client's own id is never adopted; that of a live session means that the client is confused (rule P10).
    this.#sessions.find(
      given,
      askerOf(reply),
      (found) => {
        if (found.kind === 'live') reply.refuse('initializeInSession');
        else this.#open(request, reply);
      },
      (error) => reply.fault(error),
    );
  }

  /** Stateless mode: the version is negotiated, and nothing is remembered. */
  #openNothing(request: JsonRpcRequest, reply: Reply): void {
    const opening = readOpening(request);
    if (opening.kind === 'invalid') return reply.refuse('initializeInvalid', { why: opening.why });
    const body = this.#encodeResult(request, opening.protocolVersion, reply);
    if (body === undefined) reply.refuse('handlerFailed');
    else reply.json(200, body);
  }

  #open(request: JsonRpcRequest, reply: Reply): void {
    const opening = readOpening(request);
    if (opening.kind === 'valid') return this.#create(request, opening, reply, true);
    reply.refuse('initializeInvalid', { why: opening.why });
  }

  #create(
    request: JsonRpcRequest,
    opening: Extract<Opening, { kind: 'valid' }>,
    reply: Reply,
    mayTryAgain: boolean,
  ): void {
    const { sessionIdGenerator, maxSessions, maxSessionsPerPrincipal } = this.#core.options;
    const id: unknown = sessionIdGenerator();
    if (!isUsableSessionId(id)) return reply.refuse('sessionIdUnusable');
    // Before the session exists: a description that cannot be had or encoded leaves nothing behind.
    const body = this.#encodeResult(request, opening.protocolVersion, reply);
    if (body === undefined) return reply.refuse('handlerFailed');
    this.#sessions.create(
      newRecord(id, opening, askerOf(reply)),
      (created) => {
        if (created.kind === 'full') {
          if (!created.byPrincipal) return reply.refuse('tooManySessions', { max: maxSessions });
          return reply.refuse('tooManySessionsOfPrincipal', { max: maxSessionsPerPrincipal ?? 0 });
        }
        if (created.kind === 'taken') {
          if (mayTryAgain) return this.#create(request, opening, reply, false);
          return reply.refuse('sessionIdUnusable');
        }
        reply.session = created.session.maskedId;
        const { protocolVersion, clientInfo } = opening;
        if (this.#core.trace) reply.trace({ type: 'session-created', protocolVersion, clientName: clientInfo.name });
        reply.json(200, body, { 'mcp-session-id': id });
      },
      (error) => reply.fault(error),
    );
  }

  /** `undefined`: the handler could not describe itself. */
  #encodeResult({ id, method }: JsonRpcRequest, protocolVersion: string, reply: Reply): string | undefined {
    try {
      const result = initializeResult(protocolVersion, this.#core.options.handler.describe());
      return encodeResult(id, result);
    } catch (error) {
      if (this.#core.trace) reply.trace({ type: 'handler-failed', method, error: errorText(error) });
      return undefined;
    }
  }
}
