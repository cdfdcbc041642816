/** The questions that are open: each waits for the reader, and no longer than the call that asks it. */

import type { JsonObject } from '../../../playground-server/transport/json-rpc.ts';
import type { Question } from '../../../playground-server/wire-client/answers.ts';
import type { OpenQuestion } from '../model/questions.ts';

export class Questions {
  readonly #open = new Map<number, { question: OpenQuestion; resolve: (answer: JsonObject) => void }>();
  readonly #onChange: () => void;
  #asked = 0;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** The one that waits longest. */
  get first(): OpenQuestion | undefined {
    return this.#open.values().next().value?.question;
  }

  /** Puts the questions of one call to the reader. `close` takes back what is still open: nobody waits for it any more. */
  forCall(): { ask: (question: Question) => Promise<JsonObject>; close: () => void } {
    const own: number[] = [];
    return {
      ask: (question) => {
        const { promise, resolve } = Promise.withResolvers<JsonObject>();
        this.#asked += 1;
        own.push(this.#asked);
        this.#open.set(this.#asked, { question: { ...question, number: this.#asked }, resolve });
        this.#onChange();
        return promise;
      },
      close: () => {
        for (const number of own) this.#open.delete(number);
        this.#onChange();
      },
    };
  }

  /** Gives the answer to a question, which is open no longer. */
  answer(number: number, result: JsonObject): void {
    const asked = this.#open.get(number);
    if (!asked) return;
    this.#open.delete(number);
    asked.resolve(result);
    this.#onChange();
  }
}
