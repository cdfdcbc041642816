import type { Answer, Json } from './answer.ts';
import type { Client, Parts } from './client.ts';
import { type TestHandler, testHandler } from './handler.ts';
import { modernRequest } from './modern.ts';

export const subscriptionIdKey = 'io.modelcontextprotocol/subscriptionId';
export const toolsChanged = 'notifications/tools/list_changed';
export const promptsChanged = 'notifications/prompts/list_changed';
export const resourcesChanged = 'notifications/resources/list_changed';
export const resourceUpdated = 'notifications/resources/updated';

/** What a server offers that can tell of every change. */
export const allCapabilities = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { listChanged: true, subscribe: true },
};

/** A handler whose server tells of every change, or of what these capabilities name. */
export function tellingHandler(capabilities: Json = allCapabilities): TestHandler {
  return { ...testHandler(), describe: () => ({ serverInfo: { name: 'contract', version: '1' }, capabilities }) };
}

export interface ListenParts {
  id?: string | number;
  headers?: Parts['headers'];
}

/** Listens; resolves when the head of the answer is here. */
export function listen(client: Client, notifications: Json, { id = 1, headers }: ListenParts = {}): Promise<Answer> {
  const params = notifications === undefined ? {} : { notifications };
  return client.open(modernRequest('subscriptions/listen', { id, params, headers }));
}

/** Listens; resolves when the acknowledgement is here. */
export async function listening(client: Client, notifications: Json, parts?: ListenParts): Promise<Answer> {
  return (await listen(client, notifications, parts)).received(1);
}

/** A notification as it stands on such a stream. */
export const told = (method: string, id: string | number, params: Json = {}) => ({
  jsonrpc: '2.0',
  method,
  params: { ...params, _meta: { ...params._meta, [subscriptionIdKey]: id } },
});

/** The first message of such a stream. */
export const acknowledgement = (id: string | number, notifications: Json) =>
  told('notifications/subscriptions/acknowledged', id, { notifications });
