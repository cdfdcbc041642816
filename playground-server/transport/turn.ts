/** One turn of the event loop, and what waits for its end. */

/** Where the runtime has a name for it. */
const { setImmediate: immediate } = globalThis as { setImmediate?: (callback: () => void) => unknown };

let hasAnswered = false;
let isEndDue = false;
let waiting: (() => void)[] = [];

/** Calls back when what is ready now has run. */
export function atTurnEnd(callback: () => void): void {
  waiting.push(callback);
  endThisTurn();
}

/**
 * Lets an answer go that is complete. The first of a turn leaves at once, so that a client who is alone waits for
 * nothing; the others leave at the end of the turn, right behind one another. Most of what a write to a socket costs is
 * to wake whoever reads it: who reads many answers is woken once, and not for each.
 */
export function leave(send: () => void): void {
  // A timer would hold them back for a millisecond or more.
  if (!immediate) return send();
  if (hasAnswered) return atTurnEnd(send);
  hasAnswered = true;
  endThisTurn();
  send();
}

function endThisTurn(): void {
  if (isEndDue) return;
  isEndDue = true;
  if (immediate) immediate(endTurn);
  else setTimeout(endTurn);
}

function endTurn(): void {
  const callbacks = waiting;
  waiting = [];
  isEndDue = false;
  hasAnswered = false;
  for (const callback of callbacks) callback();
}
