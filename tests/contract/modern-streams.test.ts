import { createHook } from 'node:async_hooks';
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { memory, StreamableHttpTransport } from '../../playground-server/transport/index.ts';
import { until } from '../setup/until.ts';
import { acceptBoth } from './support/client.ts';
import { expectError } from './support/expect.ts';
import { heldMethod, type Method, testHandler } from './support/handler.ts';
import { MemoryExchange } from './support/memory-exchange.ts';
import { logLevelKey, modernRequest } from './support/modern.ts';
import { httpText, RawConnection } from './support/raw.ts';
import { accept, askFor, attempt, retryOf } from './support/rounds.ts';
import { type Served, serve } from './support/serve.ts';
import { testInOneProcess } from './support/store.ts';

const progress = 'notifications/progress';
const told = (step: number) => ({ jsonrpc: '2.0', method: progress, params: { step } });
const served = async (options: Parameters<typeof serve>[0] = {}) => {
  const held = heldMethod();
  return { held, server: await serve({ handler: testHandler({ held: held.method }), ...options }) };
};
const types = (server: Served) => server.traces.map(({ event }) => event.type);

test('[M10] without notifications the answer is one JSON object, whether the handler waits or not', async () => {
  const { held, server } = await served();
  await using _ = server;
  const pending = server.open(modernRequest('held'));
  (await held.begun()).answer({ late: true });
  for (const answer of [await server.send(modernRequest('echo')), await (await pending).done()]) {
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json']);
    expect(answer.headers['content-length']).toBe(String(Buffer.byteLength(answer.text)));
    expect(answer.json).toMatchObject({ jsonrpc: '2.0', id: 1, result: { resultType: 'complete' } });
  }
});

test('[M10] a handler that does not wait is answered in the turn of its request, without one promise', () => {
  const transport = new StreamableHttpTransport({ handler: testHandler({ 'tools/call': () => ({ content: [] }) }) });
  let promises = 0;
  const hook = createHook({ init: (_id, type) => void (type === 'PROMISE' && promises++) }).enable();
  for (const method of ['echo', 'tools/call', 'server/discover']) {
    const { body, headers } = modernRequest(method, { params: { name: 'a' } });
    const exchange = new MemoryExchange('POST', headers as Record<string, string>, body);
    transport.handle(exchange);
    expect([exchange.status, exchange.ended, promises], method).toEqual([200, true, 0]);
  }
  void Promise.resolve();
  expect(promises).toBe(1);
  hook.disable();
});

test('[M10] a request that notifies becomes a stream while it runs, and each notification arrives when emitted', async () => {
  const { held, server } = await served();
  await using _ = server;
  const pending = server.open(modernRequest('held', { id: 's' }));
  const call = await held.begun();
  call.context.notify(progress, { step: 1 });
  const answer = await pending;
  expect(answer.status).toBe(200);
  expect(answer.headers).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  });
  for (let step = 1; step <= 4; step++) {
    if (step > 1) call.context.notify(progress, { step });
    await answer.received(step);
    expect([answer.messages.length, answer.state]).toEqual([step, 'arriving']);
  }
  call.answer({ done: true });
  await answer.done();
  expect(answer.state).toBe('ended');
  expect(answer.messages.slice(0, 4)).toEqual([1, 2, 3, 4].map(told));
  expect(answer.messages[4]).toMatchObject({ jsonrpc: '2.0', id: 's', result: { done: true, resultType: 'complete' } });
  // Nothing but these five events: no priming, no comment, no ids.
  expect(answer.text).toMatch(/^(data: [^\n]+\n\n){5}$/);
});

test('[M10] the head leaves with the first event, and both as soon as it is emitted', async () => {
  const { held, server } = await served();
  await using _ = server;
  using raw = await RawConnection.to(server.port);
  const { body, headers } = modernRequest('held');
  const bytes = JSON.stringify(body);
  const all = { host: '127.0.0.1', accept: acceptBoth, 'content-type': 'application/json', ...headers };
  const lines = Object.entries({ ...all, 'content-length': Buffer.byteLength(bytes) });
  const text = lines.map(([name, value]) => `${name}: ${value}`);
  raw.send(httpText('POST', text, bytes));
  const call = await held.begun();
  expect(raw.received).toBe('');
  const first = once(raw.socket, 'data');
  call.context.notify(progress, { step: 1 });
  const [chunk] = await first;
  expect(chunk).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\n\r\n.*data: [^\n]+\n\n/s);
  call.answer({});
});

test('[M10] a handler that notifies without waiting is delivered whole, and in order', async () => {
  const handler = testHandler({
    'x/busy': (_, context) => {
      for (let step = 1; step <= 3; step++) context.notify(progress, { step });
      return {};
    },
  });
  await using server = await serve({ handler, traced: true });
  const answer = await server.send(modernRequest('x/busy'));
  expect(answer.messages).toEqual([...[1, 2, 3].map(told), expect.objectContaining({ id: 1 })]);
  expect(types(server).slice(2)).toEqual([
    'message-received',
    'stream-opened',
    ...Array(4).fill('event-written'),
    'connection-closed',
    'stream-ended',
  ]);
  expect(server.traces.map(({ event }) => event)).toContainEqual({
    type: 'stream-opened',
    request: { method: 'x/busy', id: 1 },
  });
});

test('[M10] a request that is silent for keepAliveMs becomes a stream with a comment, and is kept alive', async () => {
  const { held, server } = await served({ keepAliveMs: 30 });
  await using _ = server;
  const answer = await server.open(modernRequest('held'));
  await answer.until('three comments', ({ frames }) => frames.length >= 3);
  expect([answer.headers['content-type'], answer.frames.every(({ raw }) => /^: [^\n]+\n\n$/.test(raw))]).toEqual([
    'text/event-stream',
    true,
  ]);
  (await held.begun()).answer({ at: 'last' });
  expect((await answer.done()).messages).toEqual([expect.objectContaining({ id: 1 })]);
});

test('[M10] notifications are kept alive between, too', async () => {
  const { held, server } = await served({ keepAliveMs: 30 });
  await using _ = server;
  const pending = server.open(modernRequest('held'));
  const call = await held.begun();
  call.context.notify(progress, { step: 1 });
  const answer = await pending;
  await answer.until('two comments', ({ frames }) => frames.filter(({ comment }) => comment).length >= 2);
  call.answer({});
  expect((await answer.done()).messages).toHaveLength(2);
});

test('[M10] [P1] where JSON answers are allowed, a client that takes JSON alone is given nothing else', async () => {
  const { held, server } = await served({ enableJsonResponse: true, keepAliveMs: 20, traced: true });
  await using _ = server;
  const pending = server.open(modernRequest('held', { headers: { accept: 'application/json' } }));
  const call = await held.begun();
  call.context.notify(progress, { step: 1 });
  const noticed = server.open(modernRequest('held', { headers: { accept: 'text/event-stream, application/json' } }));
  (await held.begun()).answer({});
  await noticed;
  // A stream beside it has had its comments: that long this one has been silent.
  const stream = await server.open(modernRequest('held'));
  await stream.until('comments', ({ frames }) => frames.length >= 3);
  call.answer({ whole: true });
  const answer = await (await pending).done();
  expect([answer.headers['content-type'], answer.json.result.whole]).toEqual(['application/json', true]);
  expect(server.traces.map(({ event }) => event)).toContainEqual({
    type: 'message-dropped',
    method: progress,
    why: 'no-stream',
  });
});

testInOneProcess('[M10] a comment is written into a whole keepAliveMs of silence, and no sooner', async () => {
  const { held, server } = await served({ keepAliveMs: 3 * 1237, traced: true });
  await using _ = server;
  // The time passes when the test says so: a third of keepAliveMs at each tick.
  const set = vi.spyOn(globalThis, 'setInterval');
  const tick = () => {
    for (const [callback, everyMs] of [...set.mock.calls]) if (everyMs === 1237) (callback as () => void)();
  };
  const pending = server.open(modernRequest('held'));
  const call = await held.begun();
  const comments = () =>
    server.traces.filter(({ event }) => event.type === 'event-written' && event.kind === 'comment');
  const afterTicks = (count: number) => {
    for (let i = 0; i < count; i++) tick();
    return comments().length;
  };
  expect([afterTicks(2), afterTicks(1), afterTicks(2), afterTicks(1)]).toEqual([0, 1, 1, 2]);
  expect(afterTicks(2)).toBe(2);
  call.context.notify(progress, { step: 1 });
  expect([afterTicks(2), afterTicks(1)]).toEqual([2, 3]);
  call.answer({});
  await (await pending).done();
  expect(afterTicks(6)).toBe(3);
  vi.restoreAllMocks();
});

testInOneProcess('[M10] inspect names what runs, by its method', async () => {
  const { held, server } = await served();
  await using _ = server;
  const pending = server.open(modernRequest('held'));
  const call = await held.begun();
  expect(server.transport.inspect().inFlight).toEqual([expect.objectContaining({ method: 'held' })]);
  // A log without anything in it is none.
  call.context.notify('notifications/message');
  call.answer({});
  expect((await (await pending).done()).json.id).toBe(1);
});

testInOneProcess(
  '[M10] what was refused, has failed or was left while it was silent is told nothing more',
  async () => {
    const backplane = memory();
    backplane.claims.acquire = () => Promise.reject(new Error('broken'));
    const held = heldMethod();
    const once: Method = async (_, context) => await context.ask({ name: askFor('name') }, { once: true });
    const handler = testHandler({ held: held.method, 'tools/call': once });
    await using server = await serve({ handler, backplane, keepAliveMs: 3 * 1237, traced: true });
    const set = vi.spyOn(globalThis, 'setInterval');
    const answers = { name: accept({ name: 'Ann' }) };
    const question = await attempt(server);
    expect((await attempt(server, { params: { requestState: 'x', inputResponses: answers } })).status).toBe(400);
    expect((await attempt(server, { params: retryOf(question, answers) })).status).toBe(500);
    const left = server.open(modernRequest('held')).catch(() => {});
    const { context } = await held.begun();
    server.server.closeAllConnections();
    await left;
    await until('it to be cancelled', () => context.signal.aborted);
    for (const [callback, everyMs] of [...set.mock.calls]) {
      for (let tick = 0; everyMs === 1237 && tick < 6; tick++) (callback as () => void)();
    }
    expect(types(server)).not.toContain('stream-opened');
    vi.restoreAllMocks();
  },
);

testInOneProcess(
  '[M10] nothing ticks for a handler that does not wait, nor when nothing is pending any more',
  async () => {
    const { held, server } = await served({ keepAliveMs: 3 * 1237 });
    await using _ = server;
    const set = vi.spyOn(globalThis, 'setInterval');
    const clear = vi.spyOn(globalThis, 'clearInterval');
    const ticking = () => {
      const cleared = new Set(clear.mock.calls.map(([timer]) => timer));
      const made = set.mock.results.filter((_made, call) => set.mock.calls[call]?.[1] === 1237);
      return [made.length, made.filter(({ value }) => !cleared.has(value)).length];
    };
    await server.send(modernRequest('echo'));
    expect(ticking()).toEqual([0, 0]);
    const silent = server.open(modernRequest('held'));
    const first = await held.begun();
    expect(ticking()).toEqual([1, 1]);
    first.answer({});
    await (await silent).done();
    expect(ticking()).toEqual([1, 0]);
    const stream = server.open(modernRequest('held'));
    const second = await held.begun();
    second.context.notify(progress, { step: 1 });
    // One for what is silent, which is nothing now, and one for what is a stream.
    expect(ticking()).toEqual([3, 1]);
    second.answer({});
    await (await stream).done();
    expect(ticking()).toEqual([3, 0]);
    vi.restoreAllMocks();
  },
);

testInOneProcess(
  '[M10] streams count towards maxStreams: past it a request answers 503, and one that ends makes room',
  async () => {
    const { held, server } = await served({ maxStreams: 1 });
    await using _ = server;
    // It may run, as long as it is no stream.
    void server.open(modernRequest('held'));
    const silent = await held.begun();
    const pending = server.open(modernRequest('held'));
    const call = await held.begun();
    call.context.notify(progress, { step: 1 });
    const stream = await pending;
    const refused = await server.send(modernRequest('echo', { id: 'r' }));
    expectError(refused, 503, -32603, /^Too many open streams: this server holds 1\./, 'r');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await server.send(modernRequest('server/discover'))).status).toBe(200);
    call.answer({});
    await stream.done();
    expect((await server.send(modernRequest('echo'))).status).toBe(200);
    silent.answer({});
  },
);

test('[M10] what is said after the answer goes nowhere', async () => {
  const { held, server } = await served({ traced: true });
  await using _ = server;
  const pending = server.open(modernRequest('held'));
  const call = await held.begun();
  call.answer({});
  await (await pending).done();
  call.context.notify(progress, { step: 1 });
  expect(server.traces.at(-1)?.event).toEqual({
    type: 'message-dropped',
    method: progress,
    why: 'request-already-answered',
  });
});

test('[M10] a reader that stands still is cut at maxBufferedBytes, and its request cancelled', async () => {
  const { held, server } = await served({ maxBufferedBytes: 64 * 1024, traced: true });
  await using _ = server;
  const pending = server.open(modernRequest('held', { id: 'slow' }));
  const call = await held.begun();
  const padding = 'x'.repeat(10_000);
  call.context.notify(progress, { padding });
  (await pending).pause();
  const { signal } = call.context;
  let written = 1;
  for (; !signal.aborted && written < 20_000; written++) {
    call.context.notify(progress, { padding });
    await nextTurn();
  }
  expect(signal.aborted).toBe(true);
  // The sockets between hold a few megabytes; the transport holds no more than it may.
  expect(written).toBeLessThan(5_000);
  const events = server.traces.map(({ event }) => event);
  expect(events).toContainEqual({ type: 'request-cancelled', id: 'slow' });
  expect(events).toContainEqual({ type: 'connection-closed', by: 'server' });
  expect((await server.send(modernRequest('echo'))).status).toBe(200);
});

test('[M10] one event larger than maxBufferedBytes goes alone, and so does the answer', async () => {
  const { held, server } = await served({ maxBufferedBytes: 1024 });
  await using _ = server;
  const pending = server.open(modernRequest('held'));
  const call = await held.begun();
  const padding = 'x'.repeat(300_000);
  for (let step = 1; step <= 2; step++) {
    call.context.notify(progress, { padding });
    await (await pending).received(step);
  }
  call.answer({ padding });
  expect((await (await pending).done()).messages.map(({ id }) => id)).toEqual([undefined, undefined, 1]);
});

test.each([true, false])(
  '[M11] closing the connection cancels the request (after a first event: %s)',
  async (begun) => {
    const { held, server } = await served({ traced: true });
    await using _ = server;
    const pending = server.open(modernRequest('held', { id: 'c' })).catch((error: Error) => error);
    const call = await held.begun();
    const { signal } = call.context;
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    if (begun) {
      call.context.notify(progress, { step: 1 });
      await pending;
    }
    expect(signal.aborted).toBe(false);
    server.server.closeAllConnections();
    await aborted;
    const before = types(server);
    expect(before.slice(begun ? -3 : -1)).toEqual([
      ...(begun ? ['connection-closed', 'stream-ended'] : []),
      'request-cancelled',
    ]);
    // Nothing more is sent for it, or traced as sent; and how a handler stops is no fault of its.
    call.context.notify(progress, { step: 2 });
    call.fail(new Error('stopped'));
    await server.send(modernRequest('echo'));
    const after = types(server).slice(before.length);
    expect(after[0]).toBe('message-dropped');
    expect(after.filter((type) => type === 'response-sent')).toHaveLength(1);
    expect(after).not.toContain('event-written');
    expect(after).not.toContain('handler-failed');
  },
);

test('[M11] a signal that is asked for after the cancellation is aborted already', async () => {
  const { held, server } = await served({ traced: true });
  await using _ = server;
  const pending = server.open(modernRequest('held')).catch(() => {});
  const call = await held.begun();
  server.server.closeAllConnections();
  await until('the cancellation', () => types(server).includes('request-cancelled'));
  await until('the signal', () => call.context.signal.aborted);
  await pending;
});

test('[M11] the same id on another connection is another request: it goes on', async () => {
  const { held, server } = await served();
  await using _ = server;
  const first = server.open(modernRequest('held', { id: 1 }));
  const leaving = await held.begun();
  const second = server.open(modernRequest('held', { id: 1 }));
  const staying = await held.begun();
  leaving.context.notify(progress, { step: 1 });
  (await first).destroy();
  await until('the cancellation', () => leaving.context.signal.aborted);
  expect(staying.context.signal.aborted).toBe(false);
  staying.answer({ still: 'here' });
  expect((await (await second).done()).json.result.still).toBe('here');
});

test('[M11] an answered request is not cancelled by the connection that closes behind it', async () => {
  const { held, server } = await served({ traced: true });
  await using _ = server;
  const pending = server.open(modernRequest('held'));
  const call = await held.begun();
  call.context.notify(progress, { step: 1 });
  call.answer({});
  await (await pending).done();
  server.server.closeAllConnections();
  await server.send(modernRequest('echo'));
  expect(call.context.signal.aborted).toBe(false);
  expect(types(server)).not.toContain('request-cancelled');
});

const levels = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'] as const;

test.each(levels)('[M12] with logLevel %s in _meta, logs flow at and above that level', async (level) => {
  const handler = testHandler({
    'x/logs': (_, context) => {
      for (const each of levels) context.log(each, { each }, 'tests');
      return {};
    },
  });
  await using server = await serve({ handler });
  const { messages } = await server.send(modernRequest('x/logs', { meta: { [logLevelKey]: level } }));
  expect(messages.slice(0, -1)).toEqual(
    levels.slice(levels.indexOf(level)).map((each) => ({
      jsonrpc: '2.0',
      method: 'notifications/message',
      params: { level: each, logger: 'tests', data: { each } },
    })),
  );
});

test('[M12] without logLevel no log flows, however a handler sends it, and the answer stays JSON', async () => {
  const handler = testHandler({
    'x/logs': (_, context) => {
      for (const level of levels) {
        context.log(level, 'text');
        context.notify('notifications/message', { level, data: 'text' });
      }
      return {};
    },
  });
  await using server = await serve({ handler });
  expect((await server.send(modernRequest('x/logs'))).headers['content-type']).toBe('application/json');
  const meta = { [logLevelKey]: 'alert' };
  expect((await server.send(modernRequest('x/logs', { meta }))).messages).toHaveLength(2 * 2 + 1);
});

testInOneProcess(
  '[X1] closing lets requests finish, serves new ones meanwhile, and refuses them afterwards',
  async () => {
    const { held, server } = await served();
    await using _ = server;
    const pending = server.open(modernRequest('held'));
    const call = await held.begun();
    const closed = server.transport.close({ graceMs: 20_000 });
    expect((await server.send(modernRequest('echo'))).status).toBe(200);
    call.answer({ finished: true });
    expect((await (await pending).done()).json.result.finished).toBe(true);
    await closed;
    const refused = await server.send(modernRequest('echo', { id: 9 }));
    expectError(refused, 503, -32603, /shutting down\. Send the request again/, 9);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  },
);

test('[X1] what outlasts the grace period is aborted, and its client told: 503, or an error on the stream', async () => {
  const { held, server } = await served();
  await using _ = server;
  const silent = server.open(modernRequest('held', { id: 'silent' }));
  const first = await held.begun();
  const stream = server.open(modernRequest('held', { id: 'stream' }));
  const second = await held.begun();
  second.context.notify(progress, { step: 1 });
  await stream;
  await server.transport.close({ graceMs: 10 });
  expect([first.context.signal.aborted, second.context.signal.aborted]).toEqual([true, true]);
  expectError(await (await silent).done(), 503, -32603, /shutting down/, 'silent');
  const { messages, state } = await (await stream).done();
  expect([messages.at(-1).id, messages.at(-1).error.code, state]).toEqual(['stream', -32603, 'ended']);
});
