/** What the page's client can be asked, and by which tools. */

import type { JsonObject } from '../../../playground-server/transport/json-rpc.ts';

/** Declared in `initialize`, and with every request of the modern era. */
export const askable: JsonObject = { elicitation: {}, sampling: {} };

/** The tools that ask back. */
export const askingTools: ReadonlySet<string> = new Set(['ask', 'think']);
