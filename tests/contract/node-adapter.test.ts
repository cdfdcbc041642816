/** What the Node adapter alone does: these tests have no place in the run of the suite over the fetch adapter. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { EventSink, Exchange, StreamableHttpTransport } from '../../playground-server/transport/index.ts';
import { createNodeHandler } from '../../playground-server/transport/node.ts';
import { expectError } from './support/expect.ts';
import { heldMethod, testHandler } from './support/handler.ts';
import { httpText, RawConnection } from './support/raw.ts';
import { serve, type Traced } from './support/serve.ts';

test('[X2] whoever stands in front names the exchange', async () => {
  await using server = await serve({
    traced: true,
    node: { exchangeId: ({ headers }) => headers['lab-exchange'] as string },
  });
  await server.initialize({}, { 'lab-exchange': 'router-7' });
  await server.initialize();
  expect([...new Set(server.traces.map(({ place }) => place.exchange))]).toEqual(['router-7', 'x1']);
});

test('[X2] the Node adapter publishes the same on node:diagnostics_channel, as long as someone subscribes', async () => {
  const name = 'streamable-http-lab:trace';
  const published: Traced[] = [];
  const listen = (message: unknown) => void published.push(message as Traced);
  await using server = await serve({ traced: true });
  await using silent = await serve();
  subscribe(name, listen);
  try {
    const session = await server.session();
    await session.answer('ping');
    await session.delete();
    expect(published).toEqual(server.traces);
    expect(published.length).toBeGreaterThan(10);
    published.length = 0;
    await silent.initialize();
    const kinds = published.map(({ event }) => event.type);
    expect(kinds).toEqual(['request-received', 'body-received', 'session-created', 'response-sent']);
  } finally {
    unsubscribe(name, listen);
  }
  published.length = 0;
  await silent.initialize();
  expect(published).toEqual([]);
});

test('[G4] TRACE, which no `Request` can carry, answers 405 with Allow as well', async () => {
  await using server = await serve();
  const answer = await server.send({ method: 'TRACE' });
  expectError(answer, 405, -32600, /^Method not allowed: "TRACE"\. .*POST, GET and DELETE/);
  expect(answer.headers.allow).toBe('GET, POST, DELETE');
});

describe.each([{ enableJsonResponse: true }, { enableJsonResponse: false }])('answers of one turn, %o', (options) => {
  let now = 0;
  beforeEach(() => {
    vi.spyOn(performance, 'now').mockImplementation(() => now);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** Three calls that wait for their answers, and their responses. */
  async function threeCalls() {
    const responses: ServerResponse[] = [];
    const listen = (message: unknown) => void responses.push((message as { response: ServerResponse }).response);
    const held = heldMethod();
    const server = await serve({ handler: testHandler({ held: held.method }), ...options });
    const session = await server.session();
    subscribe('http.server.request.start', listen);
    const answers = [1, 2, 3].map((id) => session.answer('held', {}, id));
    const calls = [await held.begun(), await held.begun(), await held.begun()];
    unsubscribe('http.server.request.start', listen);
    // What was begun in the turns before is over.
    for (let turn = 0; turn < 3; turn++) await nextTurn();
    return {
      server,
      answers,
      responses,
      answer: async (index: number) => {
        calls[index]?.answer({});
        await new Promise<void>(process.nextTick);
      },
      sent: () => responses.map(({ writableEnded }) => writableEnded),
    };
  }

  test('the first leaves at once, the others at the end of the turn', async () => {
    const { server, answers, answer, sent } = await threeCalls();
    await using _ = server;
    for (const index of [0, 1, 2]) await answer(index);
    expect(sent()).toEqual([true, false, false]);
    await nextTurn();
    expect(sent()).toEqual([true, true, true]);
    for (const answered of answers) expect((await answered).status).toBe(200);
  });

  test('none waits longer for a turn that goes on than half a millisecond', async () => {
    const { server, answer, sent } = await threeCalls();
    await using _ = server;
    await answer(0);
    now += 0.49;
    await answer(1);
    expect(sent()).toEqual([true, false, false]);
    now += 0.01;
    await answer(2);
    expect(sent()).toEqual([true, true, true]);
  });

  test('[X1] whoever ends the process after close() takes none of them with it', async () => {
    const { server, answer, sent } = await threeCalls();
    await using _ = server;
    const closed = server.transport.close();
    for (const index of [0, 1, 2]) void answer(index);
    await closed;
    expect(sent()).toEqual([true, true, true]);
  });

  test('[X4] one that middleware cannot send is broken off, and the others leave', async () => {
    const { server, answers, answer, responses } = await threeCalls();
    await using _ = server;
    const [, second] = responses;
    if (second) {
      second.end = () => {
        throw new Error('from middleware');
      };
    }
    const broken = answers[1]?.catch(() => {});
    for (const index of [0, 1, 2]) await answer(index);
    await broken;
    expect(second?.destroyed).toBe(true);
    for (const index of [0, 2]) expect((await answers[index])?.status).toBe(200);
    await server.transport.close();
  });
});

describe('an exchange, as the core sees it', () => {
  /** Requests of one connection: the test is the core. */
  async function exchangesOf(...methods: string[]): Promise<{ raw: RawConnection; exchanges: Exchange[] }> {
    const exchanges: Exchange[] = [];
    const { promise: all, resolve } = Promise.withResolvers<void>();
    const handle = (exchange: Exchange) => {
      if (exchanges.push(exchange) === methods.length) resolve();
    };
    const core = { handle, publishTraceTo: () => {} } as unknown as StreamableHttpTransport;
    const server = createServer(createNodeHandler(core)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const raw = await RawConnection.to((server.address() as AddressInfo).port);
    onTestFinished(() => {
      raw.socket.destroy();
      server.close();
    });
    raw.send(methods.map((method) => httpText(method, ['Host: localhost'])).join(''));
    await all;
    return { raw, exchanges };
  }

  /** How often a client was found to be gone. */
  function departures(exchange: Exchange): { count: number } {
    const seen = { count: 0 };
    exchange.onDisconnect(() => void seen.count++);
    return seen;
  }

  const socketOf = (exchange: Exchange) => (exchange.raw as IncomingMessage).socket;

  test('[E7] each of several pipelined requests is told once that its client is gone, also later', async () => {
    const { raw, exchanges } = await exchangesOf('GET', 'GET');
    const gone = exchanges.map(departures);
    raw.socket.destroy();
    await once(socketOf(exchanges[0] as Exchange), 'close');
    await expect.poll(() => gone.map(({ count }) => count)).toEqual([1, 1]);
    const late = exchanges.map(departures);
    expect(late.map(({ count }) => count)).toEqual([0, 0]);
    await nextTurn();
    expect([...gone, ...late].map(({ count }) => count)).toEqual([1, 1, 1, 1]);
  });

  test('[E7] behind an answer that is complete nothing is told, whoever asks', async () => {
    const { raw, exchanges } = await exchangesOf('GET');
    const [exchange] = exchanges as [Exchange];
    const gone = departures(exchange);
    exchange.respond(200, {}, 'x');
    await expect.poll(() => raw.received).toMatch(/x$/);
    raw.socket.destroy();
    await once(socketOf(exchange), 'close');
    const late = departures(exchange);
    await nextTurn();
    await nextTurn();
    expect([gone.count, late.count]).toEqual([0, 0]);
  });

  test('[E7] a stream takes nothing behind its end, nor once its client is gone', async () => {
    const { raw, exchanges } = await exchangesOf('GET', 'GET', 'GET');
    const [first, second, third] = exchanges.map((exchange) => exchange.openEventStream({})) as [
      EventSink,
      EventSink,
      EventSink,
    ];
    vi.spyOn(performance, 'now').mockReturnValue(0);
    third.end();
    first.write('a');
    // It waits for the end of the turn: another answer has left in it.
    first.end('b');
    expect([first.write('c'), first.end('d')]).toEqual([false, undefined]);
    vi.restoreAllMocks();
    await expect.poll(() => raw.received).toMatch(/\r\na\r\n1\r\nb\r\n0\r\n\r\n/);
    expect(raw.received).not.toMatch(/\r\n[cd]\r\n/);
    raw.socket.destroy();
    await once(socketOf(exchanges[1] as Exchange), 'close');
    expect(second.write('e')).toBe(false);
    second.end('f');
  });

  test('[X4] what throws at the end of a turn takes nothing else of it along, and is heard of', async () => {
    const { exchanges } = await exchangesOf('GET');
    const [exchange] = exchanges as [Exchange];
    const later = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => {});
    const fault = new Error('from whoever asked for it');
    const order: string[] = [];
    for (const name of ['first', 'faulty', 'last']) {
      exchange.afterThisTurn(() => {
        if (name === 'faulty') throw fault;
        order.push(name);
      });
    }
    await nextTurn();
    const [[rethrow]] = later.mock.calls as [[() => void]];
    later.mockRestore();
    expect(order).toEqual(['first', 'last']);
    expect(rethrow).toThrow(fault);
  });
});
