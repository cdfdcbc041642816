/**
 * An observed exchange as a curl command that sends it again: real values, quoted for a POSIX shell.
 */

import { type Exchange, headerOf, isEventStream } from './exchanges.ts';

export interface CurlContext {
  /** The lab's MCP endpoint, absolute. */
  endpoint: string;
  /** Full ids of the sessions that this page opened, by their masked form. The log itself has only masked ids. */
  sessions: ReadonlyMap<string, string>;
}

/** What curl sends by itself, what belongs to one connection, and what only a browser would say. */
const leftOut =
  /^(host|connection|content-length|transfer-encoding|keep-alive|accept-encoding|accept-language|user-agent|origin|referer|cookie|dnt|priority|pragma|cache-control|sec-.*|lab-.*)$/;

/** The variable that stands for the id of a session that was opened elsewhere. */
const unknownSession = 'MCP_SESSION_ID';

/** One word for a POSIX shell, whatever is in it: single quotes keep everything but a single quote. */
export function shellQuote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * The command, several lines long. A first line that begins with `#` says what the reader has to put in first: the id
 * of a session that was opened elsewhere, or the rest of a body that the log cut.
 */
export function curlOf(exchange: Exchange, context: CurlContext): string {
  const { request, body } = exchange;
  if (!request) return '';
  const notes: string[] = [];
  // -N: show each event when it arrives. -i: show the status and the headers.
  const show = isEventStream(exchange) ? '-iN' : '-i';
  const verb = request.method === 'POST' || request.method === 'GET' ? '' : ` -X ${shellQuote(request.method)}`;
  const words = [`curl ${show}${verb} ${shellQuote(context.endpoint)}`];

  for (const [name, value] of request.headers) {
    if (leftOut.test(name.toLowerCase())) continue;
    if (name.toLowerCase() !== 'mcp-session-id') {
      // An empty header needs a semicolon: `Name:` would make curl leave it out.
      words.push(`-H ${shellQuote(value === '' ? `${name};` : `${name}: ${value}`)}`);
      continue;
    }
    const full = context.sessions.get(value);
    if (full === undefined) {
      notes.push(`# Session ${value} was opened elsewhere: ${unknownSession} must hold its id.`);
      words.push(`-H "${name}: $${unknownSession}"`);
    } else {
      words.push(`-H ${shellQuote(`${name}: ${full}`)}`);
    }
  }

  if (request.method === 'POST') {
    if (body?.truncated) notes.push('# The log keeps the beginning of a long body: this one was cut.');
    if (headerOf(request.headers, 'content-type') === undefined) words.push(`-H ${shellQuote('content-type:')}`);
    words.push(`--data-raw ${shellQuote(body?.text ?? '')}`);
  }
  return [...notes, words.join(' \\\n  ')].join('\n');
}

/** A first request for a reader's own terminal: it opens a session in the lab. */
export function initializeCurl(endpoint: string): string {
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'curl', version: '1.0.0' } };
  return post(endpoint, { jsonrpc: '2.0', id: 1, method: 'initialize', params }, []);
}

/** A call in the session that the page has open, for a reader's own terminal: its progress is drawn in the page. */
export function countCurl(endpoint: string, session: { id: string; protocolVersion: string }): string {
  const params = { name: 'count', arguments: { to: 3, everyMs: 500 }, _meta: { progressToken: 'curl' } };
  return post(endpoint, { jsonrpc: '2.0', id: 'curl-1', method: 'tools/call', params }, [
    ['MCP-Protocol-Version', session.protocolVersion],
    ['Mcp-Session-Id', session.id],
  ]);
}

/** Calls in the session that the page has open, each from a curl of its own, and so on a connection of its own. */
export function whoamiCurl(endpoint: string, session: { id: string; protocolVersion: string }, times: number): string {
  const call = post(endpoint, { jsonrpc: '2.0', id: 'curl-1', method: 'tools/call', params: { name: 'whoami' } }, [
    ['MCP-Protocol-Version', session.protocolVersion],
    ['Mcp-Session-Id', session.id],
  ]);
  return `for call in $(seq ${times}); do
  ${call.replaceAll('\n', '\n  ')}; echo
done`;
}

function post(endpoint: string, message: object, headers: [string, string][]): string {
  const all = [['Accept', 'application/json, text/event-stream'], ['Content-Type', 'application/json'], ...headers];
  const words = [`curl -iN ${shellQuote(endpoint)}`];
  for (const [name, value] of all) words.push(`-H ${shellQuote(`${name}: ${value}`)}`);
  words.push(`--data-raw ${shellQuote(JSON.stringify(message))}`);
  return words.join(' \\\n  ');
}
