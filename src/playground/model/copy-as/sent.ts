/** What an observed request was, ready to be sent again by another program: without what is the first program's own. */

import { type Exchange, headerOf } from '../exchanges.ts';

export interface CopyContext {
  /** The lab's MCP endpoint, absolute. */
  endpoint: string;
  /** Full ids of the sessions that this page opened, by their masked form. The log itself has only masked ids. */
  sessions: ReadonlyMap<string, string>;
}

/** One way to write a request down. */
export interface CopyWriter {
  /** `TypeScript` */
  title: string;
  write: (exchange: Exchange, context: CopyContext) => string;
}

export interface SentRequest {
  endpoint: string;
  method: string;
  /** `value` is absent where the reader has to put it in: the id of a session that was opened elsewhere. */
  headers: readonly { name: string; value?: string }[];
  /** Of a POST, as far as the log kept it. */
  body?: string;
  /** What the reader has to put in first, or should know. */
  notes: readonly string[];
}

/** The variable that stands for the id of a session that was opened elsewhere. */
export const unknownSession = 'MCP_SESSION_ID';

/** What a client sends by itself, what belongs to one connection, and what only a browser would say. */
const leftOut =
  /^(host|connection|content-length|transfer-encoding|keep-alive|accept-encoding|accept-language|user-agent|origin|referer|cookie|dnt|priority|pragma|cache-control|sec-.*|lab-.*)$/;

/** `undefined`: the log has lost the request itself. */
export function sentRequest({ request, body }: Exchange, context: CopyContext): SentRequest | undefined {
  if (!request) return undefined;
  const notes: string[] = [];
  const headers = request.headers
    .filter(([name]) => !leftOut.test(name.toLowerCase()))
    .map(([name, value]) => {
      if (name.toLowerCase() !== 'mcp-session-id') return { name, value };
      const full = context.sessions.get(value);
      if (full !== undefined) return { name, value: full };
      notes.push(`Session ${value} was opened elsewhere: ${unknownSession} must hold its id.`);
      return { name };
    });
  const { method } = request;
  if (method !== 'POST') return { endpoint: context.endpoint, method, headers, notes };
  if (body?.truncated) notes.push('The log keeps the beginning of a long body: this one was cut.');
  return { endpoint: context.endpoint, method, headers, body: body?.text ?? '', notes };
}

/** For languages whose clients add a `Content-Type` of their own to a body. */
export function contentTypeNote(exchange: Exchange): string[] {
  const isMissing =
    exchange.request?.method === 'POST' && headerOf(exchange.request.headers, 'content-type') === undefined;
  return isMissing ? ['The request had no Content-Type. This program sends one by itself.'] : [];
}
