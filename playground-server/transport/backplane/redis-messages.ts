import { isObject, type JsonObject } from '../json-rpc.ts';
import type { MessageBus } from './backplane.ts';
import type { RedisConnection } from './redis-connection.ts';

interface Subscriber {
  readonly listener: (message: JsonObject) => void;
  readonly interrupted: () => void;
}

interface Topic {
  readonly subscribers: Set<Subscriber>;
  /** Ends the subscription of this process. */
  readonly leave: () => void;
}

/**
 * Messages by sharded pub/sub (Redis 7): one channel a topic, on the node that its name falls to. Redis keeps none of
 * them. What was published while a connection was gone is lost, and both ends say so: who lost its own connection, and
 * who could not publish and tells the topic as soon as it can.
 */
export class RedisMessages implements MessageBus {
  readonly #redis: RedisConnection;
  readonly #prefix: string;
  /** Tells this process's own messages from those of others. */
  readonly #origin: string;
  readonly #topics = new Map<string, Topic>();
  /** Topics of which a message could not be published. */
  readonly #owed = new Set<string>();

  constructor(redis: RedisConnection, prefix: string, origin: string) {
    this.#redis = redis;
    this.#prefix = `${prefix}messages:`;
    this.#origin = origin;
    redis.onBack = () => this.#interrupted();
  }

  /** Listeners here hear it before anyone else does. */
  async publish(topic: string, message: JsonObject): Promise<void> {
    this.#tell(topic, message);
    try {
      const isOwed = this.#owed.has(topic);
      await this.#send(topic, isOwed ? { message, missed: true } : { message });
      if (isOwed) this.#owed.delete(topic);
    } catch (error) {
      this.#owed.add(topic);
      throw error;
    }
  }

  subscribe(topic: string, listener: (message: JsonObject) => void, interrupted: () => void): () => void {
    const subscriber = { listener, interrupted };
    const known = this.#topics.get(topic) ?? this.#join(topic);
    known.subscribers.add(subscriber);
    return () => {
      known.subscribers.delete(subscriber);
      if (known.subscribers.size > 0 || this.#topics.get(topic) !== known) return;
      this.#topics.delete(topic);
      known.leave();
    };
  }

  #join(topic: string): Topic {
    const leave = this.#redis.subscribe(this.#prefix + topic, (text) => this.#received(topic, text));
    const joined = { subscribers: new Set<Subscriber>(), leave };
    this.#topics.set(topic, joined);
    return joined;
  }

  #send(topic: string, envelope: { message?: JsonObject; missed?: true }): Promise<unknown> {
    return this.#redis.publish(this.#prefix + topic, JSON.stringify({ origin: this.#origin, ...envelope }));
  }

  #received(topic: string, text: string): void {
    const { origin, message, missed } = JSON.parse(text) as JsonObject;
    if (origin === this.#origin) return;
    if (missed) for (const { interrupted } of [...(this.#topics.get(topic)?.subscribers ?? [])]) interrupted();
    if (isObject(message)) this.#tell(topic, message);
  }

  #tell(topic: string, message: JsonObject): void {
    for (const { listener } of [...(this.#topics.get(topic)?.subscribers ?? [])]) listener(message);
  }

  #interrupted(): void {
    for (const topic of this.#owed) {
      this.#send(topic, { missed: true }).then(
        () => this.#owed.delete(topic),
        () => {},
      );
    }
    for (const { subscribers } of this.#topics.values()) for (const { interrupted } of subscribers) interrupted();
  }
}
