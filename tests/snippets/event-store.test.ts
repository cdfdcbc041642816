import { copyFile, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InMemoryEventStore } from '@modelcontextprotocol/sdk/examples/shared/inMemoryEventStore.js';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  type EventStore,
  WebStandardStreamableHTTPServerTransport as Transport,
} from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, test } from 'vitest';
import { tempFolder } from '../setup/temp-folder.ts';
import { until } from '../setup/until.ts';
import { type NodeServer, startNodeServer } from './node-server.ts';
import { outputsOf } from './page-outputs.ts';
import { runSnippet } from './run-snippet.ts';

const topic = 'event-store';
const matchesThePage = outputsOf(topic);
const root = fileURLToPath(new URL('../../', import.meta.url));

/** Where a process of a server stands, without the path of its endpoint. */
const originOf = ({ endpoint }: NodeServer) => new URL(endpoint).origin;

interface Pair extends AsyncDisposable {
  a: NodeServer;
  b: NodeServer;
  /** Both processes, as the scripts of the page take them. */
  origins: [string, string];
  /** One more process of the same server, on the same events. */
  another: () => Promise<NodeServer>;
}

/** Two processes as a reader would start them: the files side by side in a folder, the SDK installed, one `events.db`. */
async function startTwo(name: string): Promise<Pair> {
  const stack = new AsyncDisposableStack();
  const { path } = stack.use(await tempFolder());
  for (const file of [`${topic}/sqlite-event-store.ts`, `${topic}/tools.ts`, name]) {
    await copyFile(join(root, 'content/snippets', file), join(path, basename(file)));
  }
  await symlink(join(root, 'node_modules'), join(path, 'node_modules'));
  const another = async () =>
    stack.use(await startNodeServer(join(path, basename(name)), { EVENTS: join(path, 'events.db') }));
  try {
    const a = await another();
    const b = await another();
    return {
      a,
      b,
      origins: [originOf(a), originOf(b)],
      another,
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

const headers = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' };

const initialize: JSONRPCMessage = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};

describe('the documented pattern, with one event store for two processes', () => {
  test('B reads every event of the session, and does not know the session', async () => {
    await using two = await startTwo(`${topic}/server.ts`);
    const output = await runSnippet(`${topic}/two-processes.sh`, two.a, two.origins);
    const [, begun, stored, called, resumed, rest] = output.split(/^--- .*\n/m);
    expect(begun).toContain('"progress":1');
    expect(begun).not.toContain('"progress":2');
    expect(stored).toMatch(/^6 .*The work is done/m);
    for (const refused of [called, resumed]) {
      expect(refused).toContain('Session not found');
      expect(refused).toMatch(/^404$/m);
    }
    expect(rest).toContain('"progress":2');
    expect(rest).toContain('The work is done');
    matchesThePage('two-processes', output);
  });

  test('a process that begins again with the same events does not know it either', async () => {
    await using two = await startTwo(`${topic}/server.ts`);
    const opened = await fetch(two.a.endpoint, { method: 'POST', headers, body: JSON.stringify(initialize) });
    const session = String(opened.headers.get('mcp-session-id'));
    await opened.text();
    await two.a[Symbol.asyncDispose]();
    const successor = await two.another();
    const events = await fetch(`${originOf(successor)}/events/${session}`);
    expect(await events.text()).toContain('two-processes');
    const resumed = await fetch(successor.endpoint, {
      headers: { ...headers, 'mcp-session-id': session, 'last-event-id': '1' },
    });
    expect(resumed.status).toBe(404);
    expect(await resumed.text()).toContain('Session not found');
  });
});

test('a server that replays initialize: a call works, an answer and the rest of a stream go astray', async () => {
  await using two = await startTwo(`${topic}/replaying-server.ts`);
  const output = await runSnippet(`${topic}/replay-initialize.sh`, two.a, two.origins);
  const [, used, asked, resumed, answeredB, atA, answeredA, onB] = output.split(/^--- .*\n/m);
  expect(used).toContain('"result":{}');
  expect(asked).toContain('elicitation/create');
  expect(resumed).toContain('elicitation/create');
  expect(answeredB?.trim()).toBe('202');
  expect(atA?.trim()).toBe('0');
  expect(answeredA).toMatch(/^202$/m);
  expect(answeredA).toContain('You said green');
  expect(onB?.trim()).toBe('0');
  matchesThePage('replay-initialize', output);
});

describe('what the page says of the interface of TypeScript SDK 1.32.2', () => {
  /** Keeps events by stream alone, which is all that `storeEvent` is told. */
  class ByStream implements EventStore {
    readonly events: { stream: string; message: JSONRPCMessage }[] = [];
    async storeEvent(stream: string, message: JSONRPCMessage) {
      return String(this.events.push({ stream, message }));
    }
    async replayEventsAfter(last: string, { send }: Parameters<EventStore['replayEventsAfter']>[1]) {
      const stream = this.events[Number(last) - 1]?.stream ?? '';
      for (const [index, event] of this.events.entries()) {
        if (index >= Number(last) && event.stream === stream) await send(String(index + 1), event.message);
      }
      return stream;
    }
  }

  async function openSession(eventStore: EventStore, id: string) {
    const transport = new Transport({ sessionIdGenerator: () => id, eventStore });
    const server = new Server({ name: id, version: '1' }, { capabilities: { logging: {} } });
    await server.connect(transport as never);
    const post = new Request('http://localhost/mcp', { method: 'POST', headers, body: JSON.stringify(initialize) });
    await (await transport.handleRequest(post)).text();
    return { transport, say: (data: string) => server.sendLoggingMessage({ level: 'info', data }) };
  }

  test('the standalone stream has one name in all sessions: who resumes it reads those of others', async () => {
    const store = new ByStream();
    const mine = await openSession(store, 'mine');
    const yours = await openSession(store, 'yours');
    await mine.say('to me');
    const last = String(store.events.length);
    await yours.say('to you alone');
    const get = new Request('http://localhost/mcp', {
      headers: { accept: 'text/event-stream', 'mcp-session-id': 'mine', 'last-event-id': last },
    });
    const response = await mine.transport.handleRequest(get);
    const reader = response.body?.getReader();
    const { value } = (await reader?.read()) ?? {};
    expect(new TextDecoder().decode(value)).toContain('to you alone');
    await reader?.cancel();
    await mine.transport.close();
    await yours.transport.close();
  });

  test('the example store replays a POST stream, and nothing of the standalone one', async () => {
    const replayed = async (stream: string) => {
      const store = new InMemoryEventStore();
      const first = await store.storeEvent(stream, { jsonrpc: '2.0', method: 'notifications/first' });
      // Its ids begin with the time, and are replayed in the order of their text.
      const stored = Date.now();
      await until('the clock to go on', () => Date.now() > stored);
      await store.storeEvent(stream, { jsonrpc: '2.0', method: 'notifications/second' });
      const sent: JSONRPCMessage[] = [];
      await store.replayEventsAfter(first, { send: async (_id, message) => void sent.push(message) });
      return sent.length;
    };
    expect(await replayed('2f6d1c')).toBe(1);
    expect(await replayed('_GET_stream')).toBe(0);
  });
});
