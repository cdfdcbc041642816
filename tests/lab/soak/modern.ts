/** Requests of the era without sessions. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Json } from '../../contract/support/answer.ts';
import type { Client } from './client.ts';
import type { Outcome } from './exchange.ts';

const version = '2026-07-28';
const prefix = 'io.modelcontextprotocol';
const _meta = {
  [`${prefix}/protocolVersion`]: version,
  [`${prefix}/clientCapabilities`]: { elicitation: { form: {} } },
};

interface Modern {
  method: string;
  params?: object;
  /** What the header says of it. */
  named?: string;
  signal?: AbortSignal;
  onMessage?(message: Json): void;
}

function send(
  client: Client,
  { method, params, named, signal, onMessage }: Modern,
  ...expected: number[]
): Promise<Outcome> {
  const headers = {
    'Mcp-Session-Id': '',
    'MCP-Protocol-Version': version,
    'Mcp-Method': named ?? method,
    ...(params && 'name' in params && { 'Mcp-Name': String(params.name) }),
  };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } });
  const asked = { method: 'POST', body, headers, signal };
  return client.ask({ ...asked, onFrame: ({ data }) => data && onMessage?.(JSON.parse(data)) }, ...expected);
}

export async function whoami(client: Client): Promise<void> {
  const { status, end, text } = await send(
    client,
    { method: 'tools/call', params: { name: 'whoami', arguments: {} } },
    200,
  );
  if (status === 200 && end === 'whole' && !text.includes('modern era')) client.fault(`whoami answered ${text}`);
}

export async function chatter(client: Client): Promise<void> {
  await send(client, { method: 'tools/call', params: { name: 'chatter', arguments: { lines: 20 } } }, 200);
}

/** Asks, and answers what is asked back; only processes that share their keys open what another one sealed. */
export async function ask(client: Client): Promise<void> {
  const { lab } = client;
  const params = { name: 'ask', arguments: { question: 'Which?' } };
  const first = await send(client, { method: 'tools/call', params }, 200);
  if (first.status !== 200 || first.end !== 'whole') return;
  const { inputRequests = {}, requestState } = JSON.parse(first.text).result;
  const answer = { action: 'accept', content: { answer: 'this' } };
  const inputResponses = Object.fromEntries(Object.keys(inputRequests).map((key) => [key, answer]));
  const sharesKeys = lab.isShared || lab.plan.deployment === 'single';
  const more = { ...params, inputResponses, requestState };
  const second = await send(client, { method: 'tools/call', params: more }, 200, ...(sharesKeys ? [] : [400]));
  if (second.status === 200 && second.end === 'whole' && !second.text.includes('answered: this')) {
    client.fault(`the modern ask answered ${second.text}`);
  }
}

/** Listens for a while, and goes without a word. */
export async function listen(client: Client, ms: number): Promise<void> {
  const left = new AbortController();
  const notifications = { toolsListChanged: true, resourceSubscriptions: ['lab://clock'] };
  let told = 0;
  const { signal } = left;
  const onMessage = () => void told++;
  const listening = send(client, { method: 'subscriptions/listen', params: { notifications }, signal, onMessage }, 200);
  await Promise.race([listening, sleep(ms)]);
  left.abort();
  await listening;
  if (told > 0) client.lab.tally.happened('listened');
}

export async function refused(client: Client): Promise<void> {
  await send(client, { method: 'tools/call', params: { name: 'whoami', arguments: {} }, named: 'prompts/get' }, 400);
  await send(client, { method: 'no/such' }, 404);
}
