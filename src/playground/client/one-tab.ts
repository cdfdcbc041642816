/**
 * One lab, one tab; and six connections for all tabs of a browser together. The tabs ask each other.
 *
 * A browser copies `sessionStorage` when it duplicates a tab, so a tab that finds a stored lab asks whether another one
 * is using it. (Not a Web Lock: that needs a secure context and keeps the page out of the back-forward cache.)
 */

const channelName = 'lab-in-use';

type Message = { ask: string; by: string } | { inUse: string; streams: number };

/** This page, which does not answer itself. */
const self = crypto.getRandomValues(new Uint32Array(2)).join('-');

/** What a browser opens to one origin over HTTP/1.1, all tabs together. */
const connectionsPerOrigin = 6;

export interface OtherTabs {
  /** One of them uses this lab. */
  inUse: boolean;
  /** Connections that they hold open for as long as they are there. */
  streams: number;
}

/** What the other tabs of this browser say. @param labId the lab that is asked for; empty: none */
export async function askOtherTabs(labId = '', waitMs = 200): Promise<OtherTabs> {
  const others: OtherTabs = { inUse: false, streams: 0 };
  if (typeof BroadcastChannel === 'undefined') return others;
  const channel = new BroadcastChannel(channelName);
  try {
    return await new Promise((resolve) => {
      const timer = setTimeout(() => resolve(others), waitMs);
      channel.onmessage = ({ data }: MessageEvent<Message>) => {
        if (!('inUse' in data)) return;
        others.streams += data.streams;
        if (data.inUse !== labId) return;
        others.inUse = true;
        clearTimeout(timer);
        resolve(others);
      };
      channel.postMessage({ ask: labId, by: self } satisfies Message);
    });
  } finally {
    channel.close();
  }
}

/**
 * Answers for this lab until the returned function is called.
 * @param streams how many connections this tab holds open
 */
export function claim(labId: string, streams: () => number): () => void {
  if (typeof BroadcastChannel === 'undefined') return () => {};
  const channel = new BroadcastChannel(channelName);
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if ('ask' in data && data.by !== self) channel.postMessage({ inUse: labId, streams: streams() } satisfies Message);
  };
  return () => channel.close();
}

/**
 * Whether so many more open streams would leave no connection for a request to come and go on. Over HTTP/2 there is one
 * connection, and nothing to run out of.
 */
export function wouldStarve(streamsElsewhere: number, streamsHere: number): boolean {
  const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  if (entry?.nextHopProtocol === 'h2' || entry?.nextHopProtocol === 'h3') return false;
  return streamsElsewhere + streamsHere + 1 > connectionsPerOrigin;
}
