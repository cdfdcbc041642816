/** Whether someone is looking at the page: what the lab's wire stream and its beat depend on. */

export interface Presence {
  /** The page became visible, or came back from the back-forward cache. */
  onHere: () => void;
  /** The page was hidden for a while, or is being left. */
  onAway: () => void;
  /** The page is being left: what still runs would keep it out of the back-forward cache. */
  onLeave: () => void;
}

/** A page that was hidden for so long lets its connections go: a browser has six per origin over HTTP/1.1. */
const hiddenForMs = 30_000;

/** Watches until the returned function is called. */
export function watchPresence({ onHere, onAway, onLeave }: Presence): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const listening = new AbortController();
  const { signal } = listening;

  document.addEventListener(
    'visibilitychange',
    () => {
      clearTimeout(timer);
      if (document.visibilityState === 'hidden') timer = setTimeout(onAway, hiddenForMs);
      else onHere();
    },
    { signal },
  );
  window.addEventListener(
    'pagehide',
    () => {
      onLeave();
      onAway();
    },
    { signal },
  );
  window.addEventListener('pageshow', ({ persisted }) => persisted && onHere(), { signal });

  return () => {
    clearTimeout(timer);
    listening.abort();
  };
}
