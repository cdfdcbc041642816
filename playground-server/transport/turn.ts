/** One turn of the event loop, for runtimes that have one for all requests. Those that do not never send through here. */

/** Where the runtime has a name for the end of a turn. */
const { setImmediate: immediate } = globalThis as { setImmediate?: (callback: () => void) => unknown };

/** An answer waits no longer for others of its turn. */
const maxHeldMs = 0.5;

let waiting: (() => void)[] = [];
let isEndDue = false;
let answers: (() => void)[] = [];
/** When the last answer left that waited for nothing; it does so once in a turn, and once in `maxHeldMs`. */
let sentAt = Number.NEGATIVE_INFINITY;

/** Calls back when what is ready now has run, and the answers of this turn have left. */
export function atTurnEnd(callback: () => void): void {
  waiting.push(callback);
  endThisTurn();
}

/**
 * Lets an answer go that is complete. The first of a turn leaves at once, so that a client who is alone waits for
 * nothing; others leave right behind one another at the end of the turn, or when the first of them has waited long
 * enough. A write to a socket pays for waking whoever reads it: who reads many answers is woken once, and not for each.
 */
export function sendThisTurn(send: () => void): void {
  const now = performance.now();
  if (now - sentAt < maxHeldMs) answers.push(send);
  else {
    sentAt = now;
    sendHeld();
    send();
  }
  endThisTurn();
}

function endThisTurn(): void {
  if (isEndDue) return;
  isEndDue = true;
  if (immediate) immediate(endTurn);
  else setTimeout(endTurn);
}

function endTurn(): void {
  isEndDue = false;
  sentAt = Number.NEGATIVE_INFINITY;
  sendHeld();
  const callbacks = waiting;
  waiting = [];
  callAll(callbacks);
}

function sendHeld(): void {
  if (answers.length === 0) return;
  const held = answers;
  answers = [];
  callAll(held);
}

/** One that throws takes none of the others with it. */
function callAll(callbacks: readonly (() => void)[]): void {
  for (const callback of callbacks) {
    try {
      callback();
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}
