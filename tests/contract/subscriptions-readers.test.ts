import { Agent } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { Core } from '../../playground-server/transport/core.ts';
import type { JsonValue } from '../../playground-server/transport/index.ts';
import { Subscriptions } from '../../playground-server/transport/modern/subscriptions.ts';
import { Reply } from '../../playground-server/transport/reply.ts';
import { resolveOptions } from '../../playground-server/transport/resolve-options.ts';
import { until } from '../setup/until.ts';
import type { Json } from './support/answer.ts';
import { expectError } from './support/expect.ts';
import {
  acknowledgement,
  listen,
  listening,
  resourceUpdated,
  tellingHandler,
  told,
  toolsChanged,
} from './support/listen.ts';
import { MemoryExchange } from './support/memory-exchange.ts';
import { modernRequest } from './support/modern.ts';
import { type Served, serve } from './support/serve.ts';
import { testInOneProcess } from './support/store.ts';

const tools = { toolsListChanged: true };
const closed = (server: Served) => server.traces.filter(({ event }) => event.type === 'stream-ended').length;

test('[L3] 1000 clients listen with id 1: each is told once, and one that leaves takes no other with it', async () => {
  await using server = await serve({ handler: tellingHandler(), traced: true });
  const answers = [];
  for (let i = 0; i < 1000; i++) answers.push(await listening(server, tools));
  server.transport.broadcast(toolsChanged, { round: 1 });
  await Promise.all(answers.map((answer) => answer.received(2)));
  for (const answer of answers.slice(0, 500)) answer.destroy();
  await until('500 streams to be closed', () => closed(server) === 500);
  server.transport.broadcast(toolsChanged, { round: 2 });
  for (const answer of answers.slice(500)) {
    await answer.received(3);
    expect(answer.messages).toEqual([
      acknowledgement(1, tools),
      told(toolsChanged, 1, { round: 1 }),
      told(toolsChanged, 1, { round: 2 }),
    ]);
  }
});

test('[L3] two streams with one id on one kept connection, one after the other, are two streams', async () => {
  await using server = await serve({ handler: tellingHandler(), traced: true });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const parts = modernRequest('subscriptions/listen', { params: { notifications: {} } });
  const first = await (await server.open({ ...parts, agent })).received(1);
  first.destroy();
  await until('the stream to be closed', () => closed(server) === 1);
  const second = await (await server.open({ ...parts, agent })).received(1);
  expect(second.messages).toEqual([acknowledgement(1, {})]);
  agent.destroy();
});

/** The part on its own, for what needs to look inside or thousands of streams. */
function apart(): { core: Core; subscriptions: Subscriptions; open(id: number, notifications: Json): MemoryExchange } {
  const core = new Core(resolveOptions({ handler: tellingHandler() }));
  const subscriptions = new Subscriptions(core);
  const open = (id: number, notifications: Json) => {
    const exchange = new MemoryExchange('POST');
    const request = { jsonrpc: '2.0', id, method: 'subscriptions/listen', params: { notifications } } as const;
    subscriptions.open(request, new Reply(exchange, core.headers, null));
    return exchange;
  };
  return { core, subscriptions, open };
}

test('[L4] a broadcast is encoded once per distinct id, and costs nothing where nobody listens for it', () => {
  const { core, subscriptions, open } = apart();
  const exchanges = Array.from({ length: 300 }, (_, i) => open(i % 2, tools));
  let encoded = 0;
  const value: unknown = {
    toJSON() {
      encoded++;
      return 'seen';
    },
  };
  subscriptions.broadcast(resourceUpdated, { uri: 'test://a', value: value as JsonValue });
  expect(encoded).toBe(0);
  subscriptions.broadcast(toolsChanged, { value: value as JsonValue });
  expect(encoded).toBe(2);
  for (const { body } of exchanges) expect(body.match(/"seen"/g)).toHaveLength(1);
  subscriptions.end();
  expect([subscriptions.count, core.connections.count]).toEqual([0, 0]);
});

test('[L3] a stream that ended leaves nothing behind, whatever it listened for', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const { core, subscriptions, open } = apart();
  const stays = open(0, tools);
  const churn = (rounds: number) => {
    for (let round = 0; round < rounds; round++) {
      const resourceSubscriptions = Array.from({ length: 1000 }, () => `test://${Math.random()}/${'x'.repeat(50)}`);
      open(round, { ...tools, resourceSubscriptions }).disconnect();
    }
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = churn(20);
  expect(churn(60) - before).toBeLessThan(4 * 1024 * 1024);
  expect([subscriptions.count, core.connections.count]).toEqual([1, 1]);
  expect(stays.ended).toBe(false);
  subscriptions.end();
});

/** More than the sockets between take, so that the rest has to wait in the server. */
const overfill = async (server: Served, until: () => boolean): Promise<number> => {
  const text = 'x'.repeat(100_000);
  let sent = 0;
  for (; sent < 2_000 && !until(); sent++) {
    server.transport.broadcast(toolsChanged, { text });
    await new Promise(setImmediate);
  }
  return sent;
};

testInOneProcess('[L5] the stream of a slow reader ends when its buffer is full, and its slot is free', async () => {
  await using server = await serve({
    handler: tellingHandler(),
    maxListenStreams: 2,
    maxBufferedBytes: 500_000,
    traced: true,
  });
  const [slow, quick] = [await listening(server, tools, { id: 'slow' }), await listening(server, tools, { id: 'q' })];
  expectError(await (await listen(server, tools)).done(), 503, -32603, /holds 2/, 1);
  slow.pause();
  const sent = await overfill(server, () => closed(server) === 1);
  expect(closed(server)).toBe(1);
  expect(server.traces.findLast(({ event }) => event.type === 'connection-closed')?.event).toEqual({
    type: 'connection-closed',
    by: 'server',
  });
  expect((await listening(server, tools, { id: 'next' })).status).toBe(200);
  await quick.received(1 + sent);
  expect(quick.messages).toHaveLength(1 + sent);
  // What it had not taken is gone with it.
  slow.resume();
  expect((await slow.done()).state).toBe('cut');
  expect(slow.messages.length).toBeLessThan(1 + sent);
});

test('[L5] an event larger than the bound goes alone to a reader that keeps up', async () => {
  await using server = await serve({ handler: tellingHandler(), maxBufferedBytes: 1_000 });
  const answer = await listening(server, tools);
  const text = 'x'.repeat(300_000);
  server.transport.broadcast(toolsChanged, { text });
  expect((await answer.received(2)).messages[1].params.text).toBe(text);
});

testInOneProcess(
  '[L5] of 200 MB a stalled reader is given what the sockets between hold, and maxBufferedBytes',
  async () => {
    await using server = await serve({ handler: tellingHandler(), maxBufferedBytes: 256 * 1024, traced: true });
    const slow = await listening(server, tools);
    slow.pause();
    const text = 'x'.repeat(10_000);
    for (let i = 0; i < 20_000; i++) {
      server.transport.broadcast(toolsChanged, { text });
      if (i % 10 === 0) await new Promise(setImmediate);
    }
    expect(closed(server)).toBe(1);
    let written = 0;
    for (const { event } of server.traces) if (event.type === 'event-written') written += event.bytes.length;
    expect(written).toBeGreaterThan(256 * 1024);
    expect(written).toBeLessThan(32 * 1024 * 1024);
  },
);
