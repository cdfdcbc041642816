import { Core } from './core.ts';
import { corsHeaders, preflightHeaders } from './cors.ts';
import { quoted } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { isHostAllowed, isOriginAllowed, isSameOrigin } from './guards.ts';
import { HandshakeEndpoint } from './handshake/endpoint.ts';
import { type Inspection, inspect } from './inspect.ts';
import type { JsonObject } from './json-rpc.ts';
import type { TransportOptions } from './options.ts';
import { Reply } from './reply.ts';
import { resolveOptions } from './resolve-options.ts';
import { maskHeaders, type TraceChannel } from './trace.ts';

/**
 * MCP's Streamable HTTP transport: give it exchanges, it answers them.
 *
 * @example
 * const transport = new StreamableHttpTransport({ handler });
 * http.createServer(createNodeHandler(transport)).listen(3000);
 */
export class StreamableHttpTransport {
  readonly #core: Core;
  readonly #handshake: HandshakeEndpoint;

  /** @throws TypeError when an option is unknown, out of bounds, or at odds with another */
  constructor(given: TransportOptions) {
    this.#core = new Core(resolveOptions(given));
    this.#handshake = new HandshakeEndpoint(this.#core);
  }

  /** Answers one exchange, now or later. Never throws: a fault in here is a 500 (rule X4). */
  handle(exchange: Exchange): void {
    const { headers, trace } = this.#core;
    const reply = new Reply(exchange, headers, trace);
    reply.guard(() => {
      if (trace) {
        reply.trace({ type: 'request-received', method: exchange.method, headers: maskHeaders(exchange.headers()) });
      }
      if (this.#passesGuards(exchange, reply)) this.#serve(exchange, reply);
    });
  }

  /**
   * Sends a notification to every session that it concerns, on its standalone stream (rule E5).
   *
   * `notifications/message` goes to the sessions that asked for its level, `notifications/resources/updated` to those
   * that subscribed to its `uri`, anything else to all.
   */
  broadcast(method: string, params?: JsonObject): void {
    this.#handshake.sessions.broadcast(method, params);
  }

  /** What is open right now, with masked session ids. */
  inspect(): Inspection {
    return inspect(this.#handshake.sessions);
  }

  /** For adapters: the trace goes to this channel as well, while it has listeners. */
  publishTraceTo(channel: TraceChannel): void {
    this.#core.traceChannel = channel;
  }

  /** Ends every session, closes every stream and stops every timer, so that the process can exit by itself. */
  async close(): Promise<void> {
    await this.#handshake.sessions.close();
  }

  /** Rules G1 to G3, in this order. `false`: answered already. */
  #passesGuards(exchange: Exchange, reply: Reply): boolean {
    const { allowedHosts, allowedOrigins, enableDnsRebindingProtection, instanceHeader } = this.#core.options;
    const host = exchange.header('host');
    const origin = exchange.header('origin');
    if (enableDnsRebindingProtection && host !== undefined && !isHostAllowed(host, allowedHosts)) {
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

  #serve(exchange: Exchange, reply: Reply): void {
    switch (exchange.method) {
      case 'POST':
        return this.#handshake.post(reply);
      case 'GET':
        return this.#handshake.get(reply);
      case 'DELETE':
        return this.#handshake.delete(reply);
      default:
        return reply.refuse('verbNotServed', { verb: quoted(exchange.method) });
    }
  }
}
