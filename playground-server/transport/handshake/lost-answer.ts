import type { LogSlice, StreamLog } from '../backplane/backplane.ts';
import { encodeError } from '../encode.ts';
import { errors } from '../errors.ts';
import type { RequestId } from '../json-rpc.ts';

/**
 * The log of a stream that was dropped to make room before its end was read: all it holds is the news that the answer
 * is lost, so that nobody waits for it for ever (rule R2).
 */
export class LostAnswer implements StreamLog {
  readonly #number: number;
  readonly #json: string;

  /** @param lastNumber of the last event that it had */
  constructor(request: RequestId, lastNumber: number) {
    const { code, message } = errors.answerDropped;
    this.#number = lastNumber + 1;
    this.#json = encodeError(request, { code, message });
  }

  append(): number {
    return 0;
  }

  readAfter(cursor: number): LogSlice {
    const events = cursor < this.#number ? [{ number: this.#number, json: this.#json }] : [];
    // Not `trimmed`: that the events before are gone is what this one says.
    return { events, ended: true, trimmed: false, lastNumber: this.#number };
  }

  unread(): number {
    return this.#number - 1;
  }

  /** It is made for one reader. */
  takeOver(): number {
    return 1;
  }

  end(): void {}
  delivered(): void {}
  spareAfter(): void {}
}
