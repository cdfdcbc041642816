import type { Core } from '../core.ts';
import { encodeNotification, encodeResult } from '../encode.ts';
import { accepts } from '../guards.ts';
import type { JsonObject, JsonRpcRequest, RequestId } from '../json-rpc.ts';
import type { Reply } from '../reply.ts';
import { encodeMessage } from '../sse.ts';
import { LiveStream } from './live-stream.ts';
import { sentResult } from './result.ts';
import {
  honoured,
  readFilter,
  type SubscriptionFilter,
  type Topic,
  topicName,
  topicsOf,
} from './subscription-filter.ts';

/** The `_meta` key that every message of such a stream carries (2026-07-28, Subscriptions, Receiving Notifications). */
const subscriptionIdKey = 'io.modelcontextprotocol/subscriptionId';

/** One open stream, and what it is open for. */
interface Listener {
  /** Of its request, which its messages carry. Another stream may have the same one (rule L3). */
  readonly id: RequestId;
  readonly principal: string | null;
  readonly topics: readonly Topic[];
  readonly stream: LiveStream;
}

/** A topic, and who listens for it. */
interface Audience extends Topic {
  readonly listeners: Set<Listener>;
}

/**
 * The open streams of `subscriptions/listen` on one instance (rules L1 to L6), by what they listen for: telling
 * something costs what it reaches, however many other streams are open.
 */
export class Subscriptions {
  readonly #core: Core;
  readonly #open = new Set<Listener>();
  readonly #audiences = new Map<string, Audience>();
  readonly #openByPrincipal = new Map<string | null, number>();
  #ended = false;

  constructor(core: Core) {
    this.#core = core;
  }

  /** How many streams are open. */
  get count(): number {
    return this.#open.size;
  }

  /** Answers a `subscriptions/listen`: with a stream that begins with the acknowledgement, or with a refusal. */
  open(request: JsonRpcRequest, reply: Reply): void {
    const reading = readFilter(request.params);
    if (reading.kind === 'invalid') return reply.refuse('listenInvalid', { why: reading.why });
    // Where answers are JSON the request alone need not admit a stream (rule P1); this one has no other answer.
    if (!accepts(reply.exchange.header('accept'), 'text/event-stream')) {
      return reply.refuse('notAcceptablePost', { needed: 'application/json, text/event-stream' });
    }
    if (this.#ended) return reply.refuse('modernClosing');
    const { maxListenStreams, maxListenPerPrincipal, handler } = this.#core.options;
    if (this.#open.size >= maxListenStreams) return reply.refuse('tooManyListening', { max: maxListenStreams });
    const { principal } = reply;
    const own = this.#openByPrincipal.get(principal) ?? 0;
    if (principal !== null && maxListenPerPrincipal !== null && own >= maxListenPerPrincipal) {
      return reply.refuse('tooManyListeningOfPrincipal', { max: maxListenPerPrincipal });
    }
    const filter = honoured(reading.filter, handler.describe().capabilities);
    const { id } = request;
    const stream = new LiveStream(this.#core, reply, request, () => this.#remove(listener));
    const listener: Listener = { id, principal, topics: topicsOf(filter), stream };
    this.#add(listener);
    stream.writeEvent(encode('notifications/subscriptions/acknowledged', acknowledged(filter), id));
    reply.exchange.onDisconnect(() => stream.left());
  }

  /** Tells every stream that listens for this; what nobody can listen for reaches nobody. */
  broadcast(method: string, params: JsonObject | undefined): void {
    const audience = this.#audiences.get(topicName(method, params));
    if (audience) tell(audience.listeners, method, params);
  }

  /** Tells all streams what they may have missed: that each thing they listen for has changed (rule L4). */
  resynchronise(): void {
    for (const { listeners, method, params } of this.#audiences.values()) tell(listeners, method, params);
  }

  /** Ends all streams, and opens no more (rule L6). */
  end(): void {
    this.#ended = true;
    if (this.#open.size === 0) return;
    const { serverInfo } = this.#core.options.handler.describe();
    for (const listener of this.#open) {
      const { id, stream } = listener;
      const result = sentResult('subscriptions/listen', { _meta: { [subscriptionIdKey]: id } }, serverInfo);
      stream.end([
        encodeMessage(undefined, encodeResult(id, result)),
        encode('notifications/cancelled', { requestId: id }, id),
      ]);
      this.#remove(listener);
    }
  }

  #add(listener: Listener): void {
    this.#open.add(listener);
    this.#count(listener.principal, 1);
    for (const topic of listener.topics) {
      const name = topicName(topic.method, topic.params);
      const audience = this.#audiences.get(name) ?? { ...topic, listeners: new Set() };
      this.#audiences.set(name, audience);
      audience.listeners.add(listener);
    }
  }

  #remove(listener: Listener): void {
    this.#open.delete(listener);
    this.#count(listener.principal, -1);
    for (const { method, params } of listener.topics) {
      const name = topicName(method, params);
      const listeners = this.#audiences.get(name)?.listeners;
      listeners?.delete(listener);
      if (listeners?.size === 0) this.#audiences.delete(name);
    }
  }

  #count(principal: string | null, change: 1 | -1): void {
    const count = (this.#openByPrincipal.get(principal) ?? 0) + change;
    if (count > 0) this.#openByPrincipal.set(principal, count);
    else this.#openByPrincipal.delete(principal);
  }
}

function acknowledged(notifications: SubscriptionFilter): JsonObject {
  return { notifications: { ...notifications } };
}

/** Encodes once for all streams with the same id: often they all have it (rule L3). */
function tell(listeners: Iterable<Listener>, method: string, params: JsonObject | undefined): void {
  const encoded = new Map<RequestId, string>();
  for (const { id, stream } of listeners) {
    const bytes = encoded.get(id) ?? encode(method, params, id);
    encoded.set(id, bytes);
    stream.writeEvent(bytes);
  }
}

/** One notification as an event, with the id of its subscription. */
function encode(method: string, params: JsonObject | undefined, id: RequestId): string {
  const meta = { ...(params?._meta as JsonObject | undefined), [subscriptionIdKey]: id };
  return encodeMessage(undefined, encodeNotification(method, { ...params, _meta: meta }));
}
