/** One server, asked in either era by the same test. */

import type { Handler } from '../../../playground-server/transport/index.ts';
import type { Answer, Json } from '../../contract/support/answer.ts';
import type { Client } from '../../contract/support/client.ts';
import { capabilitiesKey, modernRequest } from '../../contract/support/modern.ts';
import { type Served, type ServeOptions, serve } from '../../contract/support/serve.ts';

/** Serves any MCP server as the contract's tests serve theirs. */
export function serveHandler(handler: Handler, options: Omit<ServeOptions, 'handler'> = {}): Promise<Served> {
  return serve({ ...options, handler: { ...handler, requests: [], notifications: [] } });
}

export interface Asked {
  /** A request; resolves when the head of its answer is here. */
  open(method: string, params?: Record<string, unknown>): Promise<Answer>;
  /** A request; resolves to its JSON-RPC response. */
  ask(method: string, params?: Record<string, unknown>): Promise<Json>;
}

export interface Era {
  /** As titles name it. */
  name: 'handshake' | 'modern';
  version: string;
  /** A client that declares these capabilities. */
  enter(client: Client, capabilities?: object): Promise<Asked>;
}

const handshakeEra: Era = {
  name: 'handshake',
  version: '2025-11-25',
  async enter(client, capabilities = {}) {
    const session = await client.session('2025-11-25', { capabilities });
    return asked((method, params) => session.call(method, params));
  },
};

export const modernEra: Era = {
  name: 'modern',
  version: '2026-07-28',
  async enter(client, capabilities = {}) {
    const meta = { [capabilitiesKey]: capabilities };
    return asked((method, { _meta, ...params } = {}) =>
      client.open(modernRequest(method, { params, meta: { ...meta, ...(_meta as object) } })),
    );
  },
};

export const eras: [Era['name'], Era][] = [
  ['handshake', handshakeEra],
  ['modern', modernEra],
];

/** The response in an answer that has come to its end. */
function responseOf(answer: Answer): Json {
  return answer.headers['content-type'] === 'application/json' ? answer.json : answer.messages.at(-1);
}

function asked(open: Asked['open']): Asked {
  return { open, ask: async (method, params) => responseOf(await (await open(method, params)).done()) };
}
