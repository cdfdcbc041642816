import type { Asker } from '../backplane/backplane.ts';
import type { Reply } from '../reply.ts';

/** Who sends this request, and from which page (rule P9). */
export function askerOf({ principal, exchange }: Reply): Asker {
  return { principal, origin: exchange.header('origin') ?? null };
}
