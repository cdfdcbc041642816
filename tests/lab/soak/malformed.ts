import type { Asked } from './client.ts';

/** What the transport refuses, with its status, and the one it has where there are no sessions. */
export interface Malformed {
  name: string;
  status: number;
  stateless?: number;
  asked: Asked;
}

const call = (id: unknown, method = 'ping') => JSON.stringify({ jsonrpc: '2.0', id, method });
const post = (body: string, headers: Record<string, string> = {}): Asked => ({ method: 'POST', body, headers });

export const malformed: readonly Malformed[] = [
  { name: 'broken JSON', status: 400, asked: post('{"jsonrpc":') },
  { name: 'no message', status: 400, asked: post('{"jsonrpc":"1.0"}') },
  { name: 'an id that is no safe integer', status: 400, asked: post(call(2 ** 53)) },
  // Without a session the version is the one that had arrays.
  { name: 'an array', status: 400, stateless: 200, asked: post(`[${call(1)}]`) },
  { name: 'an unknown version', status: 400, asked: post(call(1), { 'MCP-Protocol-Version': '1999-01-01' }) },
  { name: 'another Accept', status: 406, asked: post(call(1), { Accept: 'text/html' }) },
  { name: 'another Content-Type', status: 415, asked: post(call(1), { 'Content-Type': 'text/plain' }) },
  { name: 'another Origin', status: 403, asked: post(call(1), { Origin: 'https://evil.example' }) },
  { name: 'no session', status: 400, stateless: 200, asked: post(call(1), { 'Mcp-Session-Id': '' }) },
  { name: 'another session', status: 404, stateless: 200, asked: post(call(1), { 'Mcp-Session-Id': 'nobody' }) },
  { name: 'another verb', status: 405, asked: { method: 'PUT' } },
  {
    name: 'an event that never was',
    status: 400,
    stateless: 405,
    asked: { method: 'GET', headers: { 'Last-Event-ID': '99.1' } },
  },
  { name: 'a long body', status: 413, asked: post(`"${' '.repeat(4 * 1024 * 1024)}"`) },
];
