/**
 * One lab, one tab. A browser copies `sessionStorage` when it duplicates a tab, so a tab that finds a stored lab asks
 * whether another one is using it. (Not a Web Lock: that needs a secure context and keeps the page out of the
 * back-forward cache.)
 */

const channelName = 'lab-in-use';

type Message = { ask: string } | { inUse: string };

/** Whether another tab of this browser says that it uses this lab. */
export async function isUsedElsewhere(labId: string, waitMs = 200): Promise<boolean> {
  if (typeof BroadcastChannel === 'undefined') return false;
  const channel = new BroadcastChannel(channelName);
  try {
    return await new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), waitMs);
      channel.onmessage = ({ data }: MessageEvent<Message>) => {
        if (!('inUse' in data) || data.inUse !== labId) return;
        clearTimeout(timer);
        resolve(true);
      };
      channel.postMessage({ ask: labId } satisfies Message);
    });
  } finally {
    channel.close();
  }
}

/** Answers for this lab until the returned function is called. */
export function claim(labId: string): () => void {
  if (typeof BroadcastChannel === 'undefined') return () => {};
  const channel = new BroadcastChannel(channelName);
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if ('ask' in data && data.ask === labId) channel.postMessage({ inUse: labId } satisfies Message);
  };
  return () => channel.close();
}
