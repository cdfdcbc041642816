/** The table of headers, both directions. tests/site/reference-headers.test.ts holds it to the code of the transport. */

import { type ShownError, shownErrors } from './errors.ts';
import type { HeaderEntry } from './header.ts';
import { requestHeaders } from './request-headers.ts';
import { responseHeaders } from './response-headers.ts';

/** @throws when there is no such direction */
export function headersOf(direction: string): readonly HeaderEntry[] {
  if (direction === 'request') return requestHeaders;
  if (direction === 'response') return responseHeaders;
  throw new Error(`A header goes with a request or a response, not with ${direction}`);
}

/** The anchor of a header: some are sent in both directions. */
export const headerId = (direction: string, { name }: HeaderEntry): string =>
  `${direction === 'request' ? '' : 'response-'}${name.toLowerCase().replace('-*', '')}`;

/** The errors that the header may lead to. */
export const refusalsOf = ({ refusals = [] }: HeaderEntry): ShownError[] =>
  refusals.flatMap((name) => shownErrors.filter((error) => error.name === name));
