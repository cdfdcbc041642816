/** The JSON-RPC message that a wire event carries, parsed once: the figure is laid out anew for every event. */

import type { WireEvent } from '../../../playground-server/lab/wire.ts';
import type { JsonRpcMessage } from '../../../playground-server/transport/json-rpc.ts';
import { messageIn } from './messages.ts';
import { frameData } from './sse-lines.ts';

const parsed = new WeakMap<WireEvent, JsonRpcMessage | null>();

/** The message in a request's body or in a frame that was written; `undefined` for every other event. */
export function messageOf(event: WireEvent): JsonRpcMessage | undefined {
  const { body } = event;
  if (body.type !== 'event-written' && body.type !== 'request-body') return undefined;
  let message = parsed.get(event);
  if (message === undefined) {
    message = messageIn(body.type === 'request-body' ? body.body : frameData(body.bytes)) ?? null;
    parsed.set(event, message);
  }
  return message ?? undefined;
}
