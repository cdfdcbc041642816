/** A JSON-RPC batch, as the revision 2025-03-26 allows it (2025-03-26, Base Protocol, Batching; rule P6). */

import { classify, type Received, type RequestId } from '../json-rpc.ts';
import { quoted } from '../refusal.ts';

export type BatchMessage = Extract<Received, { kind: 'request' | 'notification' | 'response' }>;

export type Batch = { kind: 'batch'; messages: readonly BatchMessage[] } | { kind: 'invalid'; why: string };

/** Reads an array of messages. Either all of them will be served, or none. */
export function readBatch(values: readonly unknown[], maxBatch: number): Batch {
  if (values.length === 0) return { kind: 'invalid', why: 'the array is empty' };
  if (values.length > maxBatch) {
    return { kind: 'invalid', why: `it holds ${values.length} messages, and at most ${maxBatch} are taken` };
  }
  const messages: BatchMessage[] = [];
  const ids = new Set<RequestId>();
  for (const [index, value] of values.entries()) {
    const classified = classify(value);
    if (classified.kind === 'invalid') return { kind: 'invalid', why: `message ${index}: ${classified.why}` };
    if (classified.kind === 'array') return { kind: 'invalid', why: `message ${index} is an array itself` };
    if (classified.kind === 'request') {
      const { id, method } = classified.message;
      if (method === 'initialize') return { kind: 'invalid', why: 'initialize must be sent alone' };
      if (ids.has(id)) {
        return { kind: 'invalid', why: `two requests have the id ${typeof id === 'string' ? quoted(id) : id}` };
      }
      ids.add(id);
    }
    messages.push(classified);
  }
  return { kind: 'batch', messages };
}
