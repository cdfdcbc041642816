/** The shape of the table of headers. Texts are prose with code in backticks and ids of rules. */

import type { ErrorName } from '../../playground-server/transport/errors.ts';

export interface HeaderEntry {
  /** As documents write it; on the wire case does not matter. */
  readonly name: string;
  /** What it is for, and who sends it where that is not plain. */
  readonly about: string;
  /** When it is sent, by era; an era that has no use for it is left out. */
  readonly when: { readonly handshake?: string; readonly modern?: string };
  readonly format: string;
  /** What follows when it is missing or wrong. */
  readonly otherwise: string;
  /** The refusals that it may lead to. */
  readonly refusals?: readonly ErrorName[];
  readonly rules: readonly string[];
  /** Request: a page of another origin may send it. Response: it may read it (rule G3). */
  readonly cors?: true;
}
