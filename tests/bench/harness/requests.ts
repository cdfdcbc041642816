/** The requests of all measures, as HTTP text with `{id}` in it, and what their answers must say. */

const accept = 'application/json, text/event-stream';
const text = 'the quick brown fox jumps over the lazy dog';
const modernVersion = '2026-07-28';

/** As many characters as a session id and a JSON-RPC id have in the requests that are sent. */
const idLength = 10;
const lengthOf = (body: string) => Buffer.byteLength(body.replace('{id}', '0'.repeat(idLength)));

function post(body: string, headers: readonly string[] = []): string {
  const lines = [
    'POST /mcp HTTP/1.1',
    'Host: 127.0.0.1',
    `Accept: ${accept}`,
    'Content-Type: application/json',
    ...headers,
    `Content-Length: ${lengthOf(body)}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

const message = (method: string, params: object) =>
  `{"jsonrpc":"2.0","id":{id},"method":${JSON.stringify(method)},"params":${JSON.stringify(params)}}`;

const clientInfo = { name: 'bench', version: '1.0.0' };

export const initialize = post(message('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo }));

/** @param session an id, or `{session}` where sessions take turns */
export const callIn = (session: string) =>
  post(message('tools/call', { name: 'echo', arguments: { text } }), [
    `Mcp-Session-Id: ${session}`,
    'MCP-Protocol-Version: 2025-11-25',
  ]);

export const modernCall = post(
  message('tools/call', {
    name: 'echo',
    arguments: { text },
    _meta: {
      'io.modelcontextprotocol/protocolVersion': modernVersion,
      'io.modelcontextprotocol/clientInfo': clientInfo,
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  }),
  [`MCP-Protocol-Version: ${modernVersion}`, 'Mcp-Method: tools/call', 'Mcp-Name: echo'],
);

export const listenIn = (session: string) =>
  [
    'GET /mcp HTTP/1.1',
    'Host: 127.0.0.1',
    'Accept: text/event-stream',
    `Mcp-Session-Id: ${session}`,
    'MCP-Protocol-Version: 2025-11-25',
    '\r\n',
  ].join('\r\n');

/** What an answer's JSON must hold besides its id, as JSON: in a part of it that no server adds to. */
export const callAnswer = JSON.stringify([{ type: 'text', text }]);
