/** What the tests of proxies share: their files, what old versions do instead, and sessions through a proxy. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client } from '../contract/support/client.ts';

/** Words to replace in a configuration: see `replaced` in tests/setup/proxy.ts. */
export type Words = Readonly<Record<string, string>>;

/** A configuration of the pages, e.g. `proxies/nginx.conf`. */
export const configuration = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../content/snippets/${name}`, import.meta.url)), 'utf8');

/** What nginx does before 1.29.7 unless told otherwise. */
export const http10: Words = { 'proxy_http_version 1.1;': '', 'proxy_set_header Connection "";': '' };
/** What it does in all versions. */
export const buffering: Words = { 'proxy_buffering off;': '' };
export const withoutHash: Words = { 'hash $http_mcp_session_id consistent;': '' };

interface Listening {
  port: number;
}

/** Opens a session, on a connection of its own as every request here. */
export async function open({ port }: Listening): Promise<string> {
  const { headers, status, text } = await new Client(port).initialize();
  const id = headers['mcp-session-id'];
  if (typeof id !== 'string') throw new Error(`No session: ${status} ${text}`);
  return id;
}

/** Asks in a session who answers: the status, and the pid where there is one. */
export async function ask({ port }: Listening, session: string) {
  const { status, text } = await new Client(port).send({
    headers: { 'mcp-session-id': session },
    body: { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'whoami', arguments: {} } },
  });
  return { status, text, pid: Number(/pid (\d+)/.exec(text)?.[1]) };
}

/** The calls that found their session, of six in each of 16 sessions. */
export async function foundOfSix(proxy: Listening): Promise<number[]> {
  const found: number[] = [];
  for (let session = 0; session < 16; session++) {
    const id = await open(proxy);
    const statuses: number[] = [];
    for (let call = 0; call < 6; call++) statuses.push((await ask(proxy, id)).status);
    found.push(statuses.filter((status) => status === 200).length);
  }
  return found;
}
