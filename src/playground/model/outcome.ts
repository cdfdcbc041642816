/** What became of an exchange, and how many of them came to what. */

import { type Exchange, isEventStream, isListening, type Outcome, type WrittenFrame } from './exchanges.ts';
import { isInputRequired, kindOf, messageIn } from './messages.ts';
import type { Row } from './rows.ts';

/** Whether this frame is the response that the stream was for. */
export function answerOf(frame: WrittenFrame): 'result' | 'error' | undefined {
  if (frame.kind !== 'message') return undefined;
  const kind = frame.message && kindOf(frame.message);
  return kind === 'result' || kind === 'error' ? kind : undefined;
}

export function outcomeOf(exchange: Exchange): Outcome {
  if (exchange.failed !== undefined || exchange.mark?.kind === 'missing') return 'lost';
  const { response } = exchange;
  if (!response) return 'open';
  if (response.status >= 400) return 'refused';
  if (!isEventStream(exchange)) return 'answered';
  // It answers nothing: it is open, or it was served.
  if (isListening(exchange)) return exchange.end ? 'answered' : 'open';
  const last = exchange.frames.at(-1);
  const answer = last && answerOf(last);
  if (answer) return answer === 'error' ? 'refused' : 'answered';
  return 'open';
}

/** Whether it was answered with what the server needs to know first (2026-07-28, Multi Round-Trip Requests). */
export function asksForInput(exchange: Exchange): boolean {
  const last = exchange.frames.at(-1);
  return isInputRequired(last ? last.message : messageIn(exchange.chunks.map(({ text }) => text).join('')));
}

export type Outcomes = Readonly<Record<Outcome, number>>;

/** The outcomes of all requests among these rows. */
export function countOutcomes(rows: readonly Row[]): Outcomes {
  const counts = { answered: 0, lost: 0, refused: 0, open: 0 };
  for (const row of rows) if (row.kind === 'request' && row.outcome !== undefined) counts[row.outcome] += 1;
  return counts;
}

const words: readonly Outcome[] = ['answered', 'lost', 'refused', 'open'];

/** `3 answered, 7 lost`: the outcomes that there are, in words. */
export function outcomesInWords(counts: Outcomes): string {
  return words
    .filter((outcome) => counts[outcome] > 0)
    .map((outcome) => `${counts[outcome]} ${outcome}`)
    .join(', ');
}
