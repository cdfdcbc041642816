/** What the instances that share a backplane tell one another. */

import type { MessageBus } from './backplane/backplane.ts';
import type { JsonObject, JsonRpcResponse, RequestId } from './json-rpc.ts';
import type { SessionEndReason } from './trace.ts';

export type BusMessage =
  /** Tell everyone whom this notification concerns (rules E5, L4). */
  | { kind: 'broadcast'; id: string; method: string; params?: JsonObject }
  /** The client takes a request back; whoever runs it stops (rule P15). */
  | { kind: 'cancel'; session: string; requestId: RequestId }
  /** There is more on a stream: whoever serves it reads on (rule B8). */
  | { kind: 'appended'; session: string; stream: string }
  /** A connection took a stream over. Whoever has one of a lower number closes it (rule R3). */
  | { kind: 'attached'; session: string; stream: string; takeover: number }
  /** The session is gone (rule S4). */
  | { kind: 'ended'; session: string; reason: SessionEndReason }
  /** A client's response to a request that the addressed instance sent (rule C1). */
  | { kind: 'answer'; session: string; response: JsonRpcResponse };

const everyone = 'all';

/**
 * This instance's place on the message bus. What it says reaches the others: whoever says something does it here
 * first, so that nothing waits for the store, or is lost with it.
 */
export class InstanceBus {
  /** Names this instance among all that share the backplane, for as long as it runs. */
  readonly bootId: string;
  readonly #messages: MessageBus;
  readonly #failed: (error: unknown) => void;
  #heard: (message: BusMessage) => void = () => {};
  #leave: (() => void)[] = [];

  constructor(messages: MessageBus, bootId: string, failed: (error: unknown) => void) {
    this.#messages = messages;
    this.bootId = bootId;
    this.#failed = failed;
  }

  /** `interrupted`: messages may have been missed (rule L4). */
  listen(heard: (message: BusMessage) => void, interrupted: () => void): void {
    this.#heard = heard;
    const listener = (envelope: JsonObject) => {
      if (envelope.from === this.bootId) return;
      try {
        heard(envelope.message as unknown as BusMessage);
      } catch (error) {
        this.#failed(error);
      }
    };
    this.#leave = [
      this.#messages.subscribe(everyone, listener, interrupted),
      this.#messages.subscribe(this.bootId, listener, () => {}),
    ];
  }

  /** Others, and whoever listens here. */
  tellAll(message: BusMessage): void {
    this.#heard(message);
    this.tellOthers(message);
  }

  tellOthers(message: BusMessage): void {
    this.#publish(everyone, message);
  }

  tell(bootId: string, message: BusMessage): void {
    this.#publish(bootId, message);
  }

  leave(): void {
    for (const leave of this.#leave) leave();
    this.#leave = [];
  }

  #publish(topic: string, message: BusMessage): void {
    try {
      const envelope = { from: this.bootId, message } as unknown as JsonObject;
      const published = this.#messages.publish(topic, envelope);
      if (published instanceof Promise) published.catch(this.#failed);
    } catch (error) {
      this.#failed(error);
    }
  }
}
