/**
 * An observed exchange as a curl command that sends it again: real values, quoted for a POSIX shell.
 */

import { type CopyContext, type CopyWriter, sentRequest, unknownSession } from './copy-as/sent.ts';
import { type Exchange, headerOf, isEventStream } from './exchanges.ts';

/** One word for a POSIX shell, whatever is in it: single quotes keep everything but a single quote. */
export function shellQuote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * The command, several lines long. A first line that begins with `#` says what the reader has to put in first: the id
 * of a session that was opened elsewhere, or the rest of a body that the log cut.
 */
export function curlOf(exchange: Exchange, context: CopyContext): string {
  const sent = sentRequest(exchange, context);
  if (!sent) return '';
  const { endpoint, method, headers, body, notes } = sent;
  // -N: show each event when it arrives. -i: show the status and the headers.
  const show = isEventStream(exchange) ? '-iN' : '-i';
  const verb = method === 'POST' || method === 'GET' ? '' : ` -X ${shellQuote(method)}`;
  const words = [`curl ${show}${verb} ${shellQuote(endpoint)}`];
  for (const { name, value } of headers) {
    if (value === undefined) words.push(`-H "${name}: $${unknownSession}"`);
    // An empty header needs a semicolon: `Name:` would make curl leave it out.
    else words.push(`-H ${shellQuote(value === '' ? `${name};` : `${name}: ${value}`)}`);
  }
  if (body !== undefined) {
    if (headerOf(exchange.request?.headers, 'content-type') === undefined)
      words.push(`-H ${shellQuote('content-type:')}`);
    words.push(`--data-raw ${shellQuote(body)}`);
  }
  return [...notes.map((note) => `# ${note}`), words.join(' \\\n  ')].join('\n');
}

export const curlWriter: CopyWriter = { title: 'curl', write: curlOf };

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
