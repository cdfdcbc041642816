import type { RequestId } from '../json-rpc.ts';
import type { FoundLog, StreamPurpose } from './backplane.ts';

/** What every store goes by when it keeps and drops the events of a session. */

/** A finished stream whose last byte was written is kept this long, in case the client never received it (rule R4). */
export const keepDeliveredMs = 30_000;
/** What an event and a stream weigh beside their text, so that many tiny ones count as what they cost. */
export const eventWeight = 64;
export const streamWeight = 200;
/**
 * Streams of this name belong to no session, as none has an id with a space in it: they stay for as long as their
 * newest event is not too old (rule B8).
 */
export const allSessions = 'all sessions';
/** How many dropped streams a session remembers, to tell their clients that the answer is lost (rule R2). */
export const maxDropped = 256;

/** What a stream is for, as text: one request's id, those of a batch, or nothing. */
export function purposeText({ request, batch }: StreamPurpose): string | null {
  const ids = batch ?? request;
  return ids === undefined ? null : JSON.stringify(ids);
}

/** The requests that such a text names. */
export function requestsIn(text: string): readonly RequestId[] {
  const ids = JSON.parse(text) as RequestId | RequestId[];
  return Array.isArray(ids) ? ids : [ids];
}

/**
 * What became of a stream that is not kept. Of one request it is known that its answer is lost; what of a batch was
 * delivered is not.
 * @param purpose as `purposeText` gave it
 */
export function foundLeft(state: 'dropped' | 'finished', purpose: string | null, lastNumber: number): FoundLog {
  const [request, ...others] = purpose === null ? [] : requestsIn(purpose);
  if (state === 'finished' || request === undefined || others.length > 0) return { kind: 'finished' };
  return { kind: 'dropped', request, lastNumber };
}
