import { settle } from './awaitable.ts';
import type { BusMessage } from './bus.ts';
import { Core } from './core.ts';
import { corsHeaders, preflightHeaders } from './cors.ts';
import { isModern, namesModernVersion } from './era.ts';
import type { Exchange } from './exchange.ts';
import { isHostAllowed, isOriginAllowed, isSameOrigin, remembered } from './guards.ts';
import { HandshakeEndpoint } from './handshake/endpoint.ts';
import { IncomingPosts } from './incoming.ts';
import { type Inspection, inspect } from './inspect.ts';
import type { JsonObject } from './json-rpc.ts';
import { ModernEndpoint } from './modern/endpoint.ts';
import type { TransportOptions } from './options.ts';
import { quoted } from './refusal.ts';
import { Reply } from './reply.ts';
import { requestHead } from './request-head.ts';
import { resolveOptions } from './resolve-options.ts';
import { maskHeaders, type TraceChannel } from './trace.ts';
import { atTurnEnd } from './turn.ts';

/**
 * MCP's Streamable HTTP transport: give it exchanges, it answers them.
 *
 * @example
 * const transport = new StreamableHttpTransport({ handler });
 * http.createServer(createNodeHandler(transport)).listen(3000);
 */
export class StreamableHttpTransport {
  readonly #core: Core;
  readonly #posts: IncomingPosts;
  readonly #isHostAllowed: (host: string) => boolean;
  readonly #handshake: HandshakeEndpoint;
  readonly #modern: ModernEndpoint;
  #broadcasts = 0;

  /** @throws TypeError when an option is unknown, out of bounds, or at odds with another */
  constructor(given: TransportOptions) {
    this.#core = new Core(resolveOptions(given));
    this.#posts = new IncomingPosts(this.#core);
    const { allowedHosts } = this.#core.options;
    this.#isHostAllowed = remembered((host) => isHostAllowed(host, allowedHosts));
    const broadcast = this.broadcast.bind(this);
    this.#handshake = new HandshakeEndpoint(this.#core, broadcast);
    this.#modern = new ModernEndpoint(this.#core, broadcast);
    this.#core.bus.listen(
      (message) => this.#heard(message),
      () => this.#resynchronise(),
    );
    this.#core.instances?.start();
  }

  /** Answers one exchange, now or later. Never throws: a fault in here is a 500 (rule X4). */
  handle(exchange: Exchange): void {
    const { headers, trace } = this.#core;
    const reply = new Reply(exchange, headers, trace);
    reply.guard(() => {
      if (trace) {
        reply.trace({ type: 'request-received', method: exchange.method, headers: maskHeaders(exchange.headers()) });
      }
      if (this.#passesGuards(exchange, reply)) this.#identify(exchange, reply);
    });
  }

  /**
   * Sends a notification to everyone whom it concerns, on every instance: to sessions on their standalone stream (rule
   * E5), to modern clients on the streams of `subscriptions/listen` (rule L4).
   *
   * `notifications/message` goes to the sessions that asked for its level, `notifications/resources/updated` to those
   * that subscribed to its `uri`, anything else to all sessions; a modern client hears what it listens for.
   */
  broadcast(method: string, params?: JsonObject): void {
    const { bus } = this.#core;
    const id = `${bus.bootId}.${++this.#broadcasts}`;
    this.#handshake.sessions.remember(method, params, id);
    this.#deliver(method, params, id);
    bus.tellOthers({ kind: 'broadcast', id, method, ...(params && { params }) });
  }

  /** Ends a session as if its idle time were over; `false`: there is none of this id. */
  endSession(id: string): Promise<boolean> {
    return this.#handshake.sessions.expire(id);
  }

  /** What is open right now, with masked session ids. */
  inspect(): Inspection {
    return inspect(this.#handshake.sessions, this.#modern);
  }

  /** For adapters: the trace goes to this channel as well, while it has listeners. */
  publishTraceTo(channel: TraceChannel): void {
    this.#core.traceChannel = channel;
  }

  /**
   * Drains, then closes every stream, so that the process can exit by itself (rule X1). From now on no session opens;
   * requests that are running may finish. Sessions end with it, unless other instances share them.
   * @param graceMs how long they may take; what still runs then is aborted
   */
  async close({ graceMs = 5_000 }: { graceMs?: number } = {}): Promise<void> {
    this.#core.closing = true;
    this.#handshake.sessions.announceClosing();
    this.#modern.endSubscriptions();
    await this.#core.inFlight.idle(graceMs);
    this.#modern.close();
    await this.#handshake.close();
    this.#core.bus.leave();
    this.#core.instances?.leave();
    // Whoever ends the process now would take answers with it that wait for the end of their turn.
    await new Promise<void>(atTurnEnd);
  }

  /** Rules G1 to G3, in this order. `false`: answered already. */
  #passesGuards(exchange: Exchange, reply: Reply): boolean {
    const { allowedHosts, allowedOrigins, enableDnsRebindingProtection, instanceHeader } = this.#core.options;
    const host = exchange.header('host');
    const origin = exchange.header('origin');
    if (enableDnsRebindingProtection && host !== undefined && !this.#isHostAllowed(host)) {
      reply.refuse('hostNotAllowed', { host: quoted(host), allowed: allowedHosts.join(', ') });
      return false;
    }
    if (origin === undefined) return true;
    const sameOrigin = isSameOrigin(origin, host);
    if (enableDnsRebindingProtection && !sameOrigin && !isOriginAllowed(origin, allowedOrigins)) {
      reply.refuse('originNotAllowed', { origin: quoted(origin) });
      return false;
    }
    if (sameOrigin) return true;
    reply.cors = corsHeaders(origin, instanceHeader);
    if (exchange.method === 'OPTIONS' && exchange.header('access-control-request-method') !== undefined) {
      reply.empty(204, preflightHeaders(exchange.header('access-control-request-headers')));
      return false;
    }
    return true;
  }

  /** Finds out who calls before anything of the body is read. */
  #identify(exchange: Exchange, reply: Reply): void {
    const { principal } = this.#core.options;
    if (!principal) return this.#serve(exchange, reply);
    settle(
      principal(requestHead(exchange)),
      (who) => {
        if (typeof who === 'object' && who !== null) {
          return reply.refuse('unauthorized', {}, undefined, { 'www-authenticate': who.unauthorized });
        }
        reply.principal = who;
        this.#serve(exchange, reply);
      },
      (error) => reply.fault(error),
    );
  }

  /** Rules G4 and G5. */
  #serve(exchange: Exchange, reply: Reply): void {
    const { method } = exchange;
    if (method === 'POST') {
      return this.#posts.read(reply, (classified) => {
        if (isModern(classified, exchange)) this.#modern.post(classified, reply);
        else this.#handshake.post(classified, reply);
      });
    }
    const { stateless } = this.#core.options;
    if (method !== 'GET' && method !== 'DELETE') {
      return reply.refuse(stateless ? 'statelessVerbNotServed' : 'verbNotServed', { verb: quoted(method) });
    }
    if (namesModernVersion(exchange)) {
      const version = quoted(exchange.header('mcp-protocol-version') as string);
      return reply.refuse('modernVerbNotServed', { version, verb: method });
    }
    if (stateless) return reply.refuse('statelessVerbNotServed', { verb: method });
    if (method === 'GET') this.#handshake.get(reply);
    else this.#handshake.delete(reply);
  }

  /** @param id names it among all broadcasts of all instances */
  #deliver(method: string, params: JsonObject | undefined, id: string): void {
    this.#handshake.sessions.broadcast(method, params, id);
    this.#modern.broadcast(method, params);
  }

  /** Messages of other instances may have been missed. */
  #resynchronise(): void {
    this.#handshake.sessions.resynchronise();
    this.#modern.resynchronise();
  }

  #heard(message: BusMessage): void {
    if (message.kind === 'broadcast') this.#deliver(message.method, message.params, message.id);
    else this.#handshake.sessions.heard(message);
  }
}
