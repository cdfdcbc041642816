/**
 * Follows a lab's wire log: one event stream, resumed after the last event whenever it breaks. Where something on the
 * way holds an event stream back, it asks by long polling instead.
 */

import type { WireEvent } from '../../../playground-server/lab/wire.ts';
import { createFrameReader } from '../../../playground-server/wire-client/frames.ts';
import { isGone, type LabHandle, labRequest } from './api.ts';

export type WireState = 'connecting' | 'live' | 'retrying' | 'gone';

export interface WireOptions {
  lab: LabHandle;
  /** Go on after this event. 0: from the beginning. */
  after: number;
  signal: AbortSignal;
  onEvents: (events: WireEvent[]) => void;
  onState: (state: WireState) => void;
  /** An open stream that shows no byte for so long is held back by a proxy: the server writes at once. */
  silenceMs?: number;
}

const firstRetryMs = 250;
const longestRetryMs = 8_000;
const pollWaitMs = 20_000;

/** Runs until `signal` is aborted or the lab is gone. Never rejects. */
export async function followWire(given: WireOptions): Promise<void> {
  let state: WireState | undefined;
  // Said once: that the stream is live comes with every piece of it.
  const onState = (now: WireState): void => {
    if (now === state) return;
    state = now;
    given.onState(now);
  };
  const options = { ...given, onState };
  const { signal } = options;
  let after = options.after;
  let failures = 0;
  let read = readStream;
  onState('connecting');

  let ended = false;

  const progress = (events: WireEvent[]): void => {
    if (events.length === 0) return;
    failures = 0;
    for (const { id } of events) after = Math.max(after, id);
    // The server keeps the log of an ended lab for a while, so that nobody misses how it ended.
    ended ||= events.some(({ body }) => body.type === 'lab-ended');
    options.onEvents(events);
  };

  while (!signal.aborted) {
    const end = await read(options, after, progress);
    if (signal.aborted) return;
    if (end === 'gone' || ended) return onState('gone');
    if (end === 'held-back') read = poll;
    if (end !== 'broken') continue;
    onState('retrying');
    await pause(Math.min(longestRetryMs, firstRetryMs * 2 ** failures), signal);
    failures += 1;
  }
}

type End = 'ended' | 'broken' | 'held-back' | 'gone';
type Read = (options: WireOptions, after: number, progress: (events: WireEvent[]) => void) => Promise<End>;

const readStream: Read = async ({ lab, signal, silenceMs = 4_000, onState }, after, progress) => {
  const own = new AbortController();
  const stop = (): void => own.abort();
  signal.addEventListener('abort', stop, { once: true });
  let silent = false;
  const silence = setTimeout(() => {
    silent = true;
    own.abort();
  }, silenceMs);
  try {
    const { url, headers } = labRequest(lab, '/wire?from=0');
    const response = await fetch(url, {
      headers: { ...headers, accept: 'text/event-stream', ...(after > 0 && { 'last-event-id': String(after) }) },
      cache: 'no-store',
      signal: own.signal,
    });
    if (isGone(response.status)) return 'gone';
    if (!response.ok || !response.body) return 'broken';
    let batch: WireEvent[] = [];
    const feed = createFrameReader(({ data }) => {
      if (data) batch.push(JSON.parse(data) as WireEvent);
    });
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      clearTimeout(silence);
      onState('live');
      feed(decoder.decode(piece.value, { stream: true }));
      progress(batch);
      batch = [];
    }
    return 'broken';
  } catch {
    return silent ? 'held-back' : 'broken';
  } finally {
    clearTimeout(silence);
    signal.removeEventListener('abort', stop);
  }
};

const poll: Read = async ({ lab, signal, onState }, after, progress) => {
  try {
    const { url, headers } = labRequest(lab, `/wire?format=json&after=${after}&waitMs=${pollWaitMs}`);
    const response = await fetch(url, { headers, cache: 'no-store', signal });
    if (isGone(response.status)) return 'gone';
    if (!response.ok) return 'broken';
    const answer = (await response.json()) as { events: WireEvent[] };
    onState('live');
    progress(answer.events);
    return 'ended';
  } catch {
    return 'broken';
  }
};

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}
