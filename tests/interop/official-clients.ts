/** The official TypeScript clients of both generations, with default options, behind one face. */

import { Client as Client2, StreamableHTTPClientTransport as Transport2 } from '@modelcontextprotocol/client';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  type LoggingLevel,
} from '@modelcontextprotocol/sdk/types.js';

/** How a client answers what a server asks; it declares the capabilities that it has an answer for. */
export interface Answers {
  /** The content of a form, by its message; `undefined` declines. */
  elicitation?: (message: string) => Record<string, string | boolean> | undefined;
  /** What its model writes. */
  sampling?: string;
  /** URIs. */
  roots?: string[];
}

export interface CallOptions {
  onProgress?: (done: number) => unknown;
  signal?: AbortSignal;
  timeoutMs?: number;
  meta?: Record<string, unknown>;
}

export interface Heard {
  method: string;
  params?: Record<string, unknown> | undefined;
}

export interface ConnectedClient extends AsyncDisposable {
  sessionId: string | undefined;
  protocolVersion: string | undefined;
  listTools(): Promise<string[]>;
  /** Resolves to the text of the result. */
  callTool(name: string, args?: Record<string, unknown>, options?: CallOptions): Promise<string>;
  /** Resolves to the text of the messages. */
  getPrompt(name: string): Promise<string>;
  complete(prompt: string, argument: string, value: string): Promise<string[]>;
  setLogLevel(level: LoggingLevel): Promise<unknown>;
  subscribe(uri: string): Promise<unknown>;
  unsubscribe(uri: string): Promise<unknown>;
  /** Every notification but progress, in order. */
  heard: Heard[];
  /** Errors the client met on its own, e.g. on its GET stream. */
  errors: Error[];
  /** Ends the session with DELETE. */
  terminate(): Promise<void>;
}

export type Connect = (endpoint: string, answers?: Answers) => Promise<ConnectedClient>;

const identity = { name: 'interop-test', version: '1.0.0' };

export const connectClient1: Connect = async (endpoint, answers = {}) => {
  const client = new Client1(identity, { capabilities: capabilitiesOf(answers) });
  const { elicitation, sampling, roots } = answers;
  if (elicitation) client.setRequestHandler(ElicitRequestSchema, ({ params }) => form(elicitation, params.message));
  if (sampling) client.setRequestHandler(CreateMessageRequestSchema, () => message(sampling));
  if (roots) client.setRequestHandler(ListRootsRequestSchema, () => listed(roots));
  const transport = new Transport1(new URL(endpoint));
  const taken = takeDown(client);
  await client.connect(transport);
  return faceOf(client, transport, taken, (name, args = {}, options = {}) =>
    client.callTool(call(name, args, options), undefined, requestOptions(options)),
  );
};

export interface ConnectedClient2 extends ConnectedClient {
  /** The client itself, for what the face does not cover. */
  client: Client2;
}

export const connectClient2 = async (
  endpoint: string,
  answers: Answers = {},
  options: ConstructorParameters<typeof Client2>[1] = {},
): Promise<ConnectedClient2> => {
  const client = new Client2(identity, { ...options, capabilities: capabilitiesOf(answers) });
  const { elicitation, sampling, roots } = answers;
  if (elicitation) client.setRequestHandler('elicitation/create', ({ params }) => form(elicitation, params.message));
  if (sampling) client.setRequestHandler('sampling/createMessage', () => message(sampling));
  if (roots) client.setRequestHandler('roots/list', () => listed(roots));
  const transport = new Transport2(new URL(endpoint));
  const taken = takeDown(client);
  await client.connect(transport);
  const face = faceOf(client, transport, taken, (name, args = {}, callOptions = {}) =>
    client.callTool(call(name, args, callOptions), requestOptions(callOptions)),
  );
  return { ...face, client };
};

/** The second generation on the wire of 2026-07-28, which it speaks when asked to. */
export const connectModern = (endpoint: string, answers?: Answers): Promise<ConnectedClient2> =>
  connectClient2(endpoint, answers, { versionNegotiation: { mode: { pin: '2026-07-28' } } });

export const handshakeClients: [name: string, connect: Connect][] = [
  ['@modelcontextprotocol/sdk 1.x', connectClient1],
  ['@modelcontextprotocol/client 2.x', (endpoint, answers) => connectClient2(endpoint, answers)],
];

export const allClients: [name: string, connect: Connect][] = [
  ...handshakeClients,
  ['@modelcontextprotocol/client 2.x in the modern era', connectModern],
];

/** What both generations name alike. */
interface AnyClient {
  onerror?: ((error: Error) => void) | undefined;
  fallbackNotificationHandler?: ((notification: Heard) => Promise<void>) | undefined;
  listTools(): Promise<{ tools: { name: string }[] }>;
  getPrompt(params: { name: string }): Promise<{ messages: { content: unknown }[] }>;
  complete(params: {
    ref: { type: 'ref/prompt'; name: string };
    argument: { name: string; value: string };
  }): Promise<{ completion: { values: string[] } }>;
  setLoggingLevel(level: LoggingLevel): Promise<unknown>;
  subscribeResource(params: { uri: string }): Promise<unknown>;
  unsubscribeResource(params: { uri: string }): Promise<unknown>;
  close(): Promise<void>;
}

function faceOf(
  client: AnyClient,
  transport: Transport1 | Transport2,
  taken: Pick<ConnectedClient, 'heard' | 'errors'>,
  callTool: (...args: Parameters<ConnectedClient['callTool']>) => Promise<unknown>,
): ConnectedClient {
  return {
    ...taken,
    sessionId: transport.sessionId,
    protocolVersion: transport.protocolVersion,
    listTools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    callTool: async (...args) => textOf((await callTool(...args)) as { content: unknown[] }),
    getPrompt: async (name) => {
      const { messages } = await client.getPrompt({ name });
      return textOf({ content: messages.map(({ content }) => content) });
    },
    complete: async (prompt, name, value) => {
      const ref = { type: 'ref/prompt' as const, name: prompt };
      return (await client.complete({ ref, argument: { name, value } })).completion.values;
    },
    setLogLevel: (level) => client.setLoggingLevel(level),
    subscribe: (uri) => client.subscribeResource({ uri }),
    unsubscribe: (uri) => client.unsubscribeResource({ uri }),
    terminate: () => transport.terminateSession(),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

/** From the start, so that nothing is missed. */
function takeDown(client: AnyClient): Pick<ConnectedClient, 'heard' | 'errors'> {
  const heard: Heard[] = [];
  const errors: Error[] = [];
  client.onerror = (error) => errors.push(error);
  client.fallbackNotificationHandler = async (notification) => void heard.push(notification);
  return { heard, errors };
}

const capabilitiesOf = (answers: Answers) => Object.fromEntries(Object.keys(answers).map((name) => [name, {}]));

const form = (elicitation: NonNullable<Answers['elicitation']>, question: string) => {
  const content = elicitation(question);
  return content ? { action: 'accept' as const, content } : { action: 'decline' as const };
};

const message = (words: string) => ({
  role: 'assistant' as const,
  content: { type: 'text' as const, text: words },
  model: 'test-model',
});

const listed = (roots: string[]) => ({ roots: roots.map((uri) => ({ uri })) });

const call = (name: string, args: Record<string, unknown>, { meta }: CallOptions) => {
  return { name, arguments: args, ...(meta && { _meta: meta }) };
};

function requestOptions({ onProgress, signal, timeoutMs }: CallOptions) {
  return {
    ...(onProgress && { onprogress: ({ progress }: { progress: number }) => onProgress(progress) }),
    ...(signal && { signal }),
    ...(timeoutMs && { timeout: timeoutMs }),
  };
}

function textOf({ content }: { content: unknown[] }): string {
  return (content as { text?: string }[]).map((part) => part.text ?? '').join('\n');
}
