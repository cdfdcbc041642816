import type { Core } from './core.ts';
import type { BodyOutcome } from './exchange.ts';
import { accepts, isJson, remembered } from './guards.ts';
import { classify, parseBody, type Received } from './json-rpc.ts';
import type { Reply } from './reply.ts';

/** From an HTTP POST to one classified JSON value: what both eras ask of a request, in this order (rules P1 to P5). */
export class IncomingPosts {
  readonly #core: Core;
  readonly #accepts: (accept: string) => boolean;

  constructor(core: Core) {
    this.#core = core;
    this.#accepts = remembered(
      (accept) =>
        accepts(accept, 'application/json') &&
        (core.options.enableJsonResponse || accepts(accept, 'text/event-stream')),
    );
  }

  /** Calls `done` with the message or array, unless the request was refused or its client went away. */
  read(reply: Reply, done: (received: Received) => void): void {
    const { exchange } = reply;
    const { enableJsonResponse, maxRequestBytes, bodyTimeoutMs } = this.#core.options;
    if (!this.#accepts(exchange.header('accept') ?? '')) {
      const needed = enableJsonResponse ? 'application/json' : 'application/json, text/event-stream';
      return reply.refuse('notAcceptablePost', { needed });
    }
    if (!isJson(exchange.header('content-type')) || exchange.header('content-encoding') !== undefined) {
      return reply.refuse('unsupportedMediaType');
    }
    exchange.readBody(maxRequestBytes, bodyTimeoutMs, (outcome) => {
      reply.guard(() => this.#parse(outcome, reply, done));
    });
  }

  #parse(outcome: BodyOutcome, reply: Reply, done: (received: Received) => void): void {
    const { maxRequestBytes, bodyTimeoutMs, maxJsonDepth } = this.#core.options;
    if (outcome.kind === 'aborted') return;
    if (outcome.kind === 'unreadable') return reply.fault(outcome.error);
    if (outcome.kind === 'too-large') return reply.refuse('bodyTooLarge', { maxBytes: maxRequestBytes });
    if (outcome.kind === 'too-slow') return reply.refuse('bodyTooSlow', { timeoutMs: bodyTimeoutMs });
    if (this.#core.trace) reply.trace({ type: 'body-received', body: new TextDecoder().decode(outcome.bytes) });
    const parsed = parseBody(outcome.bytes, maxJsonDepth);
    if (parsed.kind === 'not-utf8') return reply.refuse('notUtf8');
    if (parsed.kind === 'not-json') return reply.refuse('notJson');
    if (parsed.kind === 'too-deep') return reply.refuse('tooDeep', { maxDepth: maxJsonDepth });
    const classified = classify(parsed.value);
    if (classified.kind === 'request') reply.requestId = classified.message.id;
    if (classified.kind === 'invalid') {
      reply.requestId = classified.id;
      return reply.refuse('notAMessage', { why: classified.why });
    }
    done(classified);
  }
}
