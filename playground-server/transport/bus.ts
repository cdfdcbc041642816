/** What the instances that share a backplane tell one another. */

import { attempt } from './awaitable.ts';
import type { MessageBus } from './backplane/backplane.ts';
import type { JsonObject, RequestId } from './json-rpc.ts';
import type { SessionEndReason } from './trace.ts';

export type BusMessage =
  /** Tell everyone whom this notification concerns (rules E5, L4). */
  | { kind: 'broadcast'; id: string; method: string; params?: JsonObject }
  /** The client takes a request back; whoever runs it stops (rule P15). */
  | { kind: 'cancel'; session: string; requestId: RequestId }
  /** There is more on a stream: whoever serves it reads on (rule B8). */
  | { kind: 'appended'; session: string; stream: string }
  /** The store has something new of a session: whoever knows it reads it again (rule E5). */
  | { kind: 'changed'; session: string }
  /** A handler hangs up on its client: whoever has a connection of a lower number closes it (rule E8). */
  | { kind: 'disconnect'; session: string; stream: string; takeover: number }
  /** A connection took a stream over. Whoever has one of a lower number closes it (rule R3). */
  | { kind: 'attached'; session: string; stream: string; takeover: number }
  /** The session is gone (rule S4). */
  | { kind: 'ended'; session: string; reason: SessionEndReason }
  /** The store has a client's response to a request that the addressed instance sent (rule C1). */
  | { kind: 'answer'; session: string; question: string };

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

  /** `interrupted`: messages may have been missed (rules B6, L4). */
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
      this.#messages.subscribe(this.bootId, listener, interrupted),
    ];
  }

  /** Others, and whoever listens here. */
  tellAll(message: BusMessage): void {
    this.#heard(message);
    this.tellOthers(message);
  }

  tellOthers(message: BusMessage): void {
    this.tell(everyone, message);
  }

  /** Should it be lost, whoever was to hear it is told that messages may be missing, and looks into the store. */
  tell(bootId: string, message: BusMessage): void {
    attempt(
      () => this.#messages.publish(bootId, this.#envelope(message)),
      () => {},
      this.#failed,
    );
  }

  leave(): void {
    for (const leave of this.#leave) leave();
    this.#leave = [];
  }

  #envelope(message: BusMessage): JsonObject {
    return { from: this.bootId, message } as unknown as JsonObject;
  }
}
