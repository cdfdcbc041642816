import type { Core } from '../core.ts';
import { accepts } from '../guards.ts';
import type { JsonObject, JsonRpcRequest, RequestId } from '../json-rpc.ts';
import { encodeNotification } from '../notifications.ts';
import type { Reply } from '../reply.ts';
import { encodeMessage } from '../sse.ts';
import { ListenStream } from './listen-stream.ts';
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

/** A topic, and who listens for it. */
interface Audience extends Topic {
  readonly streams: Set<ListenStream>;
}

/**
 * The open streams of `subscriptions/listen` on one instance (rules L1 to L6), by what they listen for: telling
 * something costs what it reaches, however many other streams are open.
 */
export class Subscriptions {
  readonly #core: Core;
  readonly #open = new Set<ListenStream>();
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
    const topics = topicsOf(filter);
    const stream = new ListenStream(this.#core, request.id, reply, () => this.#remove(stream, topics));
    this.#add(stream, topics);
    stream.begin(encode('notifications/subscriptions/acknowledged', acknowledged(filter), request.id));
  }

  /** Tells every stream that listens for this; what nobody can listen for reaches nobody. */
  broadcast(method: string, params: JsonObject | undefined): void {
    const audience = this.#audiences.get(topicName(method, params));
    if (audience) tell(audience.streams, method, params);
  }

  /** Tells all streams what they may have missed: that each thing they listen for has changed (rule L4). */
  resynchronise(): void {
    for (const { streams, method, params } of this.#audiences.values()) tell(streams, method, params);
  }

  /** Ends all streams, and opens no more (rule L6). */
  end(): void {
    this.#ended = true;
    if (this.#open.size === 0) return;
    const { serverInfo } = this.#core.options.handler.describe();
    for (const stream of this.#open) {
      const { id } = stream;
      const result = sentResult('subscriptions/listen', { _meta: { [subscriptionIdKey]: id } }, serverInfo);
      stream.finish([
        encodeMessage(undefined, JSON.stringify({ jsonrpc: '2.0', id, result })),
        encode('notifications/cancelled', { requestId: id }, id),
      ]);
    }
  }

  #add(stream: ListenStream, topics: readonly Topic[]): void {
    this.#open.add(stream);
    this.#count(stream.principal, 1);
    for (const topic of topics) {
      const name = topicName(topic.method, topic.params);
      const audience = this.#audiences.get(name) ?? { ...topic, streams: new Set() };
      this.#audiences.set(name, audience);
      audience.streams.add(stream);
    }
  }

  #remove(stream: ListenStream, topics: readonly Topic[]): void {
    this.#open.delete(stream);
    this.#count(stream.principal, -1);
    for (const { method, params } of topics) {
      const name = topicName(method, params);
      const streams = this.#audiences.get(name)?.streams;
      streams?.delete(stream);
      if (streams?.size === 0) this.#audiences.delete(name);
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
function tell(streams: Iterable<ListenStream>, method: string, params: JsonObject | undefined): void {
  const encoded = new Map<RequestId, string>();
  for (const stream of streams) {
    const bytes = encoded.get(stream.id) ?? encode(method, params, stream.id);
    encoded.set(stream.id, bytes);
    stream.write(bytes);
  }
}

/** One notification as an event, with the id of its subscription. */
function encode(method: string, params: JsonObject | undefined, id: RequestId): string {
  const meta = { ...(params?._meta as JsonObject | undefined), [subscriptionIdKey]: id };
  return encodeMessage(undefined, encodeNotification(method, { ...params, _meta: meta }));
}
