/** The official TypeScript clients of both generations, with default options, behind one face. */

import { Client as Client2, StreamableHTTPClientTransport as Transport2 } from '@modelcontextprotocol/client';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';

export interface ConnectedClient extends AsyncDisposable {
  sessionId: string;
  protocolVersion: string | undefined;
  listTools: () => Promise<string[]>;
  /** Resolves to the text of the result. */
  callTool: (name: string, args?: Record<string, unknown>, onProgress?: (done: number) => unknown) => Promise<string>;
  onToolsChanged: (listener: () => void) => void;
  /** Errors the client met on its own, e.g. on its GET stream. */
  errors: Error[];
  /** Ends the session with DELETE. */
  terminate: () => Promise<void>;
}

export type Connect = (endpoint: string) => Promise<ConnectedClient>;

const identity = { name: 'interop-test', version: '1.0.0' };

export const connectClient1: Connect = async (endpoint) => {
  const client = new Client1(identity);
  const transport = new Transport1(new URL(endpoint));
  const errors: Error[] = [];
  client.onerror = (error) => errors.push(error);
  await client.connect(transport);
  return {
    sessionId: transport.sessionId as string,
    protocolVersion: transport.protocolVersion,
    listTools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    callTool: async (name, args = {}, onProgress) =>
      textOf(await client.callTool({ name, arguments: args }, undefined, progressOption(onProgress))),
    onToolsChanged: (listener) => client.setNotificationHandler(ToolListChangedNotificationSchema, () => listener()),
    errors,
    terminate: () => transport.terminateSession(),
    [Symbol.asyncDispose]: () => client.close(),
  };
};

export const connectClient2 = async (
  endpoint: string,
  options?: ConstructorParameters<typeof Client2>[1],
): Promise<ConnectedClient> => {
  const client = new Client2(identity, options);
  const transport = new Transport2(new URL(endpoint));
  const errors: Error[] = [];
  client.onerror = (error) => errors.push(error);
  await client.connect(transport);
  return {
    sessionId: transport.sessionId as string,
    protocolVersion: transport.protocolVersion,
    listTools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    callTool: async (name, args = {}, onProgress) =>
      textOf(await client.callTool({ name, arguments: args }, progressOption(onProgress))),
    onToolsChanged: (listener) => client.setNotificationHandler('notifications/tools/list_changed', () => listener()),
    errors,
    terminate: () => transport.terminateSession(),
    [Symbol.asyncDispose]: () => client.close(),
  };
};

function progressOption(onProgress: ((done: number) => unknown) | undefined) {
  return onProgress ? { onprogress: ({ progress }: { progress: number }) => onProgress(progress) } : {};
}

function textOf(result: unknown): string {
  const { content } = result as { content: { type: string; text?: string }[] };
  return content.map((part) => part.text ?? '').join('\n');
}
