import type { Backplane, JsonObject } from '../../../playground-server/transport/index.ts';

/** A store as an instance sees it that may hear nothing of the others for a while. */
export interface Hearing {
  backplane: Backplane;
  /** It hears nothing: its turn takes long, or its connection to the store broke. */
  deafen(): void;
  /** Whether it would have heard something, or something of this kind. */
  waits(kind?: string): boolean;
  /** It hears that now, and what follows. */
  hear(): void;
  /** It never hears that, but what follows; and is told that messages may be missing. */
  lose(): void;
  /** It is told that messages may be missing, and hears no more than before. */
  interrupt(): void;
}

export function hearing(backplane: Backplane): Hearing {
  const { messages } = backplane;
  const { subscribe } = messages;
  const unheard: { message: JsonObject; hear: () => void }[] = [];
  const interruptions: (() => void)[] = [];
  let isDeaf = false;
  messages.subscribe = (topic, listener, interrupted) => {
    interruptions.push(interrupted);
    const late = (message: JsonObject) => {
      if (isDeaf) unheard.push({ message, hear: () => listener(message) });
      else listener(message);
    };
    return subscribe.call(messages, topic, late, interrupted);
  };
  const takeUnheard = () => {
    isDeaf = false;
    return unheard.splice(0);
  };
  const interrupt = () => {
    for (const interrupted of interruptions) interrupted();
  };
  return {
    backplane,
    deafen: () => {
      isDeaf = true;
    },
    waits: (kind) => unheard.some(({ message }) => !kind || (message.message as JsonObject).kind === kind),
    hear: () => {
      for (const { hear } of takeUnheard()) hear();
    },
    lose: () => {
      takeUnheard();
      interrupt();
    },
    interrupt,
  };
}
