/** Calls in whose course a server asks back, in either era. Loaded with the first of them. */

import type { JsonObject } from '../../../playground-server/transport/json-rpc.ts';
import type { Answer } from '../../../playground-server/wire-client/answers.ts';
import type { Frame } from '../../../playground-server/wire-client/frames.ts';
import { HandshakeSession } from '../../../playground-server/wire-client/handshake-session.ts';
import { ModernClient, ModernSession } from '../../../playground-server/wire-client/modern.ts';
import type { Outcome } from '../../../playground-server/wire-client/outcome.ts';
import type { WireClient } from '../../../playground-server/wire-client/wire-client.ts';

/** Calls a tool. In the handshake era its questions arrive on the call's own stream, in the modern era as a result. */
export function callAndAnswer(
  client: WireClient | ModernClient,
  call: JsonObject,
  answer: Answer,
  onFrame: (frame: Frame) => void,
): Promise<Outcome> {
  const session =
    client instanceof ModernClient ? new ModernSession(client, answer) : new HandshakeSession(client, answer);
  return session.request('tools/call', call, { onFrame });
}
