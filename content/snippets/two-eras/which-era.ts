import { argv } from 'node:process';

const endpoint = argv[2] ?? '{{endpoint}}';

const version = '2026-07-28';
const discover = {
  jsonrpc: '2.0', id: 1, method: 'server/discover',
  params: {
    _meta: {
      'io.modelcontextprotocol/protocolVersion': version,
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  },
};

const response = await fetch(endpoint, {
  method: 'POST',
  headers: {
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
    'mcp-protocol-version': version,
    'mcp-method': discover.method,
  },
  body: JSON.stringify(discover),
});
if (response.status === 401 || response.status >= 500) {
  throw new Error(`${response.status} says nothing about the era`);
}
const text = await response.text();
console.log(response.status, text);

// What only a modern server says: a list of versions, or one of the
// three codes that the 2026-07-28 revision defined.
const { result, error } = parsed(text);
const isModern =
  Array.isArray(result?.supportedVersions) ||
  [-32020, -32021, -32022].includes(error?.code ?? 0);
console.log(isModern ? 'modern' : 'handshake: go on with initialize');

interface Answer {
  result?: { supportedVersions?: string[] };
  error?: { code: number };
}

/** One JSON object, or the last event of a stream. */
function parsed(body: string): Answer {
  const [event] = body.match(/^data: ?\{.*$/gm)?.slice(-1) ?? [];
  try {
    return JSON.parse(event?.replace(/^data: ?/, '') ?? body) ?? {};
  } catch {
    return {}; // nothing, or a page of HTML
  }
}
