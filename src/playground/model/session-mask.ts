/** Full session ids by their masked form: the wire log shows only the masked one. */

import { maskSessionId } from '../../../playground-server/transport/trace.ts';

export function bySessionMask(ids: readonly string[]): ReadonlyMap<string, string> {
  return new Map(ids.map((id) => [maskSessionId(id), id]));
}
