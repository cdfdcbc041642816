import type { ErrorName } from '../errors.ts';
import type { JsonObject } from '../json-rpc.ts';

/** Why a request is refused: an entry of the table of errors, and what fills it in. Made by pure functions. */
export interface Objection {
  readonly error: ErrorName;
  readonly values: Record<string, string | number>;
  readonly data?: JsonObject;
}
