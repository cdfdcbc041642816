import type { JsonObject } from '../json-rpc.ts';
import type { MessageBus } from './backplane.ts';

/** Messages between the transports of one process. Delivered before `publish` returns; never interrupted. */
export class MemoryMessages implements MessageBus {
  readonly #topics = new Map<string, Set<(message: JsonObject) => void>>();

  publish(topic: string, message: JsonObject): void {
    for (const listener of [...(this.#topics.get(topic) ?? [])]) listener(message);
  }

  subscribe(topic: string, listener: (message: JsonObject) => void): () => void {
    const listeners = this.#topics.get(topic) ?? new Set();
    this.#topics.set(topic, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#topics.get(topic) === listeners) this.#topics.delete(topic);
    };
  }
}
