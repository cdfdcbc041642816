import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { createFetchHandler } from '../../playground-server/transport/fetch.ts';
import {
  type BodyOutcome,
  type Exchange,
  StreamableHttpTransport,
  type TracePlace,
} from '../../playground-server/transport/index.ts';
import { acceptBoth, initializeRequest } from './support/client.ts';
import { heldMethod, testHandler } from './support/handler.ts';

const url = 'http://localhost/mcp';
const jsonPost = { accept: acceptBoth, 'content-type': 'application/json' };

const post = (message: object, headers: Record<string, string> = {}, init: RequestInit = {}) =>
  new Request(url, { method: 'POST', headers: { ...jsonPost, ...headers }, body: JSON.stringify(message), ...init });

/** A body that comes piece by piece, and never ends by itself. */
function slowBody(signal?: AbortSignal, headers: Record<string, string> = {}) {
  let pieces: ReadableStreamDefaultController<Uint8Array> | undefined;
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => {
      pieces = controller;
    },
    cancel: () => {
      cancelled = true;
    },
  });
  const init = { method: 'POST', headers: { ...jsonPost, ...headers }, body: stream, duplex: 'half' as const };
  const request = new Request(url, signal ? { ...init, signal } : init);
  return {
    request,
    send: (text: string) => pieces?.enqueue(new TextEncoder().encode(text)),
    end: () => pieces?.close(),
    fail: () => pieces?.error(new Error('reset')),
    cancelled: () => cancelled,
  };
}

/** One request, as the core sees it: the test is the core. */
function exchangeFor(request: Request): { exchange: Exchange; answer: Promise<Response> } {
  let exchange: Exchange | undefined;
  const handle = (given: Exchange) => {
    exchange = given;
  };
  const answer = createFetchHandler({ handle } as unknown as StreamableHttpTransport)(request);
  return { exchange: exchange as unknown as Exchange, answer };
}

test('answers of one turn leave together where that is asked for, and each at once where it is not', async () => {
  vi.spyOn(performance, 'now').mockReturnValue(0);
  for (const options of [{ answersTogether: true }, { answersTogether: false }, {}]) {
    const handle = (exchange: Exchange) => exchange.respond(200, {}, 'x');
    const answer = createFetchHandler({ handle } as unknown as StreamableHttpTransport, options);
    let answered = 0;
    for (let n = 0; n < 3; n++) void answer(new Request(url)).then(() => answered++);
    await new Promise<void>(process.nextTick);
    expect(answered).toBe(options.answersTogether ? 1 : 3);
    await nextTurn();
    expect(answered).toBe(3);
  }
  vi.restoreAllMocks();
});

const bodyOf = (exchange: Exchange, maxBytes = 100, timeoutMs = 10_000): Promise<BodyOutcome> =>
  new Promise((done) => exchange.readBody(maxBytes, timeoutMs, done));

/** How often a client was found to be gone. */
function departures(exchange: Exchange): { count: number } {
  const seen = { count: 0 };
  exchange.onDisconnect(() => void seen.count++);
  return seen;
}

async function textOf(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  return new TextDecoder().decode((await reader.read()).value);
}

const readerOf = async (answer: Promise<Response>) => ((await answer).body as ReadableStream<Uint8Array>).getReader();

describe('a session over Request and Response', () => {
  test('[X3] opens, is called, and ends; an answer in one piece has its length', async () => {
    const handle = createFetchHandler(new StreamableHttpTransport({ handler: testHandler() }));
    const opened = await handle(post(initializeRequest()));
    expect([opened.status, opened.headers.get('content-type')]).toEqual([200, 'application/json']);
    const text = await opened.text();
    expect(opened.headers.get('content-length')).toBe(String(new TextEncoder().encode(text).length));
    const session = { 'mcp-session-id': String(opened.headers.get('mcp-session-id')) };
    const told = await handle(post({ jsonrpc: '2.0', method: 'notifications/initialized' }, session));
    expect([told.status, await told.text(), told.headers.get('content-length')]).toEqual([202, '', '0']);
    const called = await handle(post({ jsonrpc: '2.0', id: 'ä', method: 'echo', params: { text: 'ö' } }, session));
    expect(called.headers.get('content-type')).toBe('text/event-stream');
    expect(await called.text()).toContain('{"jsonrpc":"2.0","id":"ä","result":{"text":"ö"}}');
    expect((await handle(new Request(url, { method: 'DELETE', headers: session }))).status).toBe(200);
  });

  test('[X1] [E7] a client that stops reading breaks its connection and not its session', async () => {
    const held = heldMethod();
    const transport = new StreamableHttpTransport({ handler: testHandler({ held: held.method }) });
    const handle = createFetchHandler(transport);
    const opened = await handle(post(initializeRequest()));
    const session = { 'mcp-session-id': String(opened.headers.get('mcp-session-id')) };
    const get = await handle(new Request(url, { headers: { accept: 'text/event-stream', ...session } }));
    const left = new AbortController();
    const called = handle(post({ jsonrpc: '2.0', id: 1, method: 'held' }, session, { signal: left.signal }));
    await held.begun();
    const reader = await readerOf(called);
    expect(transport.inspect().streams.filter(({ open }) => open)).toHaveLength(2);
    await get.body?.cancel();
    left.abort();
    expect(transport.inspect().streams.filter(({ open }) => open)).toHaveLength(0);
    await expect(textOf(reader)).rejects.toThrow('The connection is broken');
    expect(transport.inspect().sessions).toHaveLength(1);
    await transport.close({ graceMs: 0 });
  });
});

describe('what a Request says', () => {
  test('[G1] the host is that of the URL where there is no Host header, as with HTTP/2', async () => {
    const handle = createFetchHandler(new StreamableHttpTransport({ handler: testHandler() }));
    const foreign = new Request('https://evil.example/mcp', post(initializeRequest()));
    expect((await handle(foreign)).status).toBe(403);
    expect((await handle(post(initializeRequest()))).status).toBe(200);
    expect((await handle(post(initializeRequest(), { host: 'evil.example' }))).status).toBe(403);
  });

  test('[X2] its name in traces may come from whoever stands in front', async () => {
    const places: TracePlace[] = [];
    const transport = new StreamableHttpTransport({
      handler: testHandler(),
      trace: (_, place) => void places.push(place),
    });
    const exchangeId = ({ headers }: Request) => headers.get('lab-exchange') ?? undefined;
    const handle = createFetchHandler(transport, { exchangeId });
    await handle(post(initializeRequest(), { 'lab-exchange': 'router-7' }));
    await handle(post(initializeRequest()));
    expect([...new Set(places.map(({ exchange }) => exchange))]).toEqual(['router-7', 'x1']);
  });

  test('header names are read in lower case, repeated ones joined', () => {
    const request = new Request(url, {
      headers: [
        ['X-Two', 'a'],
        ['x-two', 'b'],
        ['X-One', 'c'],
      ],
    });
    const { exchange } = exchangeFor(request);
    expect([exchange.header('x-two'), exchange.header('x-none'), exchange.method]).toEqual(['a, b', undefined, 'GET']);
    expect([...exchange.headers()]).toEqual([
      ['x-one', 'c'],
      ['x-two', 'a, b'],
    ]);
  });
});

describe('the body', () => {
  test('[P3] is read whole, whatever its pieces, up to maxBytes', async () => {
    const body = '"ä"'.padEnd(99);
    for (const init of [{ body }, { body: new Blob([body]).stream(), duplex: 'half' as const }]) {
      const { exchange } = exchangeFor(new Request(url, { method: 'POST', ...init }));
      expect(await bodyOf(exchange)).toEqual({ kind: 'complete', bytes: new TextEncoder().encode(body) });
    }
    expect(await bodyOf(exchangeFor(new Request(url, { method: 'POST' })).exchange)).toMatchObject({
      kind: 'complete',
      bytes: { length: 0 },
    });
    const slow = slowBody();
    const outcome = bodyOf(exchangeFor(slow.request).exchange);
    for (const piece of ['[1,', '', '2]', ' ']) slow.send(piece);
    slow.end();
    expect(await outcome).toEqual({ kind: 'complete', bytes: new TextEncoder().encode('[1,2] ') });
  });

  test('[P3] has one outcome, and no clock goes on behind it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const outcomes: string[] = [];
      const slow = slowBody();
      const { exchange } = exchangeFor(slow.request);
      exchange.readBody(100, 1_000, ({ kind }) => outcomes.push(kind));
      vi.advanceTimersByTime(1_000);
      slow.send('{}');
      slow.end();
      await nextTurn();
      expect(outcomes).toEqual(['too-slow']);
      await bodyOf(exchangeFor(new Request(url, { method: 'POST', body: '{}' })).exchange);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test('[P3] over maxBytes, by its header or by counting, is refused before it ends', async () => {
    const declared = exchangeFor(new Request(url, { method: 'POST', headers: { 'content-length': '101' }, body: 'x' }));
    expect(await bodyOf(declared.exchange)).toEqual({ kind: 'too-large' });
    const counted = slowBody();
    const outcome = bodyOf(exchangeFor(counted.request).exchange);
    for (let piece = 0; piece < 3; piece++) counted.send(' '.repeat(40));
    expect(await outcome).toEqual({ kind: 'too-large' });
  });

  test('[P3] that takes longer than its time is refused, and the rest of it not read', async () => {
    const slow = slowBody();
    const { exchange, answer } = exchangeFor(slow.request);
    slow.send('{');
    expect(await bodyOf(exchange, 100, 20)).toEqual({ kind: 'too-slow' });
    exchange.respond(408, {}, 'late', true);
    const response = await answer;
    expect([response.status, response.headers.get('connection')]).toEqual([408, 'close']);
    await expect.poll(slow.cancelled).toBe(true);
  });

  test('whose sender goes away is told so once, and the promise is kept', async () => {
    const slow = slowBody();
    const { exchange, answer } = exchangeFor(slow.request);
    const gone = departures(exchange);
    const outcome = bodyOf(exchange);
    slow.fail();
    expect(await outcome).toEqual({ kind: 'aborted' });
    expect((await answer).status).toBe(499);
    expect(gone.count).toBe(1);
  });

  test('whose client goes away while it comes is not taken for a shorter one', async () => {
    const left = new AbortController();
    const slow = slowBody(left.signal);
    const outcome = bodyOf(exchangeFor(slow.request).exchange);
    slow.send('{}');
    await nextTurn();
    left.abort();
    expect(await outcome).toEqual({ kind: 'aborted' });
    expect(slow.cancelled()).toBe(true);
  });

  test.each<Record<string, string>>([{}, { 'content-length': '200' }])(
    '[X4] that something else has read is a fault, and the client told of one: %j',
    async (headers) => {
      const handle = createFetchHandler(new StreamableHttpTransport({ handler: testHandler() }));
      const request = post(initializeRequest(), headers);
      const reader = (request.body as ReadableStream<Uint8Array>).getReader();
      while (!(await reader.read()).done);
      reader.releaseLock();
      expect((await handle(request)).status).toBe(500);
    },
  );

  test('[P3] of known length: whole, over maxBytes, too late, or broken off', async () => {
    const headers = { 'content-length': '4' };
    const given = (body: string) => exchangeFor(new Request(url, { method: 'POST', headers, body })).exchange;
    expect(await bodyOf(given('"ä"'))).toEqual({ kind: 'complete', bytes: new TextEncoder().encode('"ä"') });
    expect(await bodyOf(given(' '.repeat(101)))).toEqual({ kind: 'too-large' });
    const slow = slowBody(undefined, headers);
    slow.send('"');
    expect(await bodyOf(exchangeFor(slow.request).exchange, 100, 20)).toEqual({ kind: 'too-slow' });
    const broken = slowBody(undefined, headers);
    const { exchange, answer } = exchangeFor(broken.request);
    const outcome = bodyOf(exchange);
    broken.fail();
    expect([await outcome, (await answer).status]).toEqual([{ kind: 'aborted' }, 499]);
  });
});

test('[P3] a declared length may be as much as is allowed, and no more', async () => {
  const outcomeOf = (maxBytes: number) => {
    const { exchange } = exchangeFor(
      new Request(url, { method: 'POST', body: '12345', headers: { 'content-length': '5' } }),
    );
    return new Promise<string>((resolve) => exchange.readBody(maxBytes, 1_000, ({ kind }) => resolve(kind)));
  };
  expect([await outcomeOf(5), await outcomeOf(4)]).toEqual(['complete', 'too-large']);
});

test('an answer in one piece leaves the rest of the body to the runtime, and a signal that fires behind it tells nothing', async () => {
  const left = new AbortController();
  const slow = slowBody(left.signal);
  const { exchange, answer } = exchangeFor(slow.request);
  const gone = departures(exchange);
  exchange.respond(200, {}, 'x');
  await answer;
  await nextTurn();
  expect(slow.cancelled()).toBe(false);
  left.abort();
  expect(gone.count).toBe(0);
});

test('[G3] an answer of status 204 has neither body nor length', async () => {
  const { exchange, answer } = exchangeFor(new Request(url, { method: 'OPTIONS' }));
  exchange.respond(204, { allow: 'POST' }, '');
  const { status, body, headers } = await answer;
  expect([status, body, [...headers]]).toEqual([204, null, [['allow', 'POST']]]);
});

describe('an event stream', () => {
  test('[E1] is there with its first bytes, and not before', async () => {
    const { exchange, answer } = exchangeFor(new Request(url));
    let isThere = false;
    void answer.then(() => {
      isThere = true;
    });
    const sink = exchange.openEventStream({ 'content-type': 'text/event-stream' });
    await nextTurn();
    expect(isThere).toBe(false);
    expect(sink.write(': open\n\n')).toBe(true);
    const reader = await readerOf(answer);
    expect(await textOf(reader)).toBe(': open\n\n');
    expect((await answer).headers.get('content-length')).toBe(null);
  });

  test('that is complete with its first bytes has a length, as any answer in one piece', async () => {
    const { exchange, answer } = exchangeFor(new Request(url));
    exchange.openEventStream({}).end('data: ö\n\n');
    expect((await answer).headers.get('content-length')).toBe('10');
    expect(await (await answer).text()).toBe('data: ö\n\n');
  });

  test('[E9] tells when its reader is slow, how much waits, and when there is room again', async () => {
    const { exchange, answer } = exchangeFor(new Request(url));
    const sink = exchange.openEventStream({});
    let drained = 0;
    expect(sink.write('a')).toBe(true);
    expect(sink.buffered).toBe(1);
    expect(sink.write('ö'.repeat(10_000))).toBe(false);
    sink.onceDrained(() => void drained++);
    expect(sink.buffered).toBe(20_001);
    await nextTurn();
    expect(drained).toBe(0);
    const reader = await readerOf(answer);
    await reader.read();
    await nextTurn();
    expect(drained).toBe(0);
    await reader.read();
    await expect.poll(() => drained).toBe(1);
    expect(sink.buffered).toBe(0);
    expect(sink.write('b')).toBe(true);
    await reader.read();
    await nextTurn();
    expect(drained).toBe(1);
  });

  test('[E7] whose reader leaves is told once, and takes nothing more', async () => {
    const { exchange, answer } = exchangeFor(new Request(url));
    const gone = departures(exchange);
    const sink = exchange.openEventStream({});
    sink.write('a');
    await (await answer).body?.cancel();
    expect(gone.count).toBe(1);
    expect([sink.write('b'), sink.buffered]).toEqual([false, 0]);
    sink.end('c');
    sink.abort();
    await nextTurn();
    expect(gone.count).toBe(1);
  });

  test('that the core breaks off is an error for its reader, and a connection that is gone', async () => {
    const { exchange, answer } = exchangeFor(new Request(url));
    const gone = departures(exchange);
    const sink = exchange.openEventStream({});
    sink.write('a'.repeat(50_000));
    const reader = await readerOf(answer);
    sink.abort();
    expect(gone.count).toBe(0);
    await expect(reader.read()).rejects.toThrow('The connection is broken');
    expect([gone.count, sink.buffered]).toEqual([1, 0]);
  });

  test('whose reader leaves what was written to its end is told nothing: all has been said', async () => {
    const { exchange, answer } = exchangeFor(new Request(url));
    const gone = departures(exchange);
    const sink = exchange.openEventStream({});
    sink.write('a'.repeat(50_000));
    sink.end('b');
    await (await answer).body?.cancel();
    expect(gone.count).toBe(0);
  });

  test('a signal that fires behind a complete answer, as some runtimes let it, tells nothing', async () => {
    const left = new AbortController();
    const { exchange, answer } = exchangeFor(new Request(url, { signal: left.signal }));
    const gone = departures(exchange);
    const sink = exchange.openEventStream({});
    sink.write('a');
    sink.end('b');
    left.abort();
    expect(await (await answer).text()).toBe('ab');
    expect(gone.count).toBe(0);
  });
});

describe('a client that is gone', () => {
  test('before its request was looked at is told to whoever asks, later', async () => {
    const request = new Request(url, { signal: AbortSignal.abort() });
    const { exchange, answer } = exchangeFor(request);
    const gone = departures(exchange);
    expect(gone.count).toBe(0);
    expect((await answer).status).toBe(499);
    expect(gone.count).toBe(1);
    expect(exchange.openEventStream({}).write('a')).toBe(false);
    exchange.respond(200, {}, 'nobody reads this');
  });

  test('[M11] while its request runs ends the wait, and the promise is kept', async () => {
    const left = new AbortController();
    const { exchange, answer } = exchangeFor(new Request(url, { signal: left.signal }));
    const gone = departures(exchange);
    left.abort();
    expect(gone.count).toBe(1);
    expect((await answer).status).toBe(499);
  });
});

test('a turn ends after what is ready now has run', async () => {
  const { exchange } = exchangeFor(new Request(url));
  const order: string[] = [];
  const ended = new Promise<void>((resolve) =>
    exchange.afterThisTurn(() => {
      order.push('end of the turn');
      resolve();
    }),
  );
  await Promise.resolve().then(() => order.push('a microtask'));
  await ended;
  expect(order).toEqual(['a microtask', 'end of the turn']);
});
