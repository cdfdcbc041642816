import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type Frame, type Outcome, WireClient } from '../../playground-server/wire-client/index.ts';

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** A server of a few lines, for answers that a well-behaved one does not give. */
async function serve(answer: Answer): Promise<WireClient> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => answer(request, response, body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return new WireClient({ endpoint: `http://127.0.0.1:${port}/mcp`, clientInfo: { name: 'test', version: '1' } });
}

const json = { 'content-type': 'application/json' };
const sse = { 'content-type': 'text/event-stream' };
const result = (id: unknown, value: object = {}): string => JSON.stringify({ jsonrpc: '2.0', id, result: value });

/** Answers as a server that mints the session `s1`. */
const withSession: Answer = (request, response, body) => {
  const message = (body === '' ? {} : JSON.parse(body)) as { id?: number; method?: string };
  if (message.method === 'initialize') {
    response.writeHead(200, { ...json, 'mcp-session-id': 's1' });
    response.end(result(message.id, { protocolVersion: '2025-06-18' }));
  } else if (message.id === undefined && request.method === 'POST') response.writeHead(202).end();
  else {
    response.writeHead(200, json);
    response.end(result(message.id, { headers: request.headers, method: request.method } as object));
  }
};

describe('the wire client', () => {
  test('opens a session, and names it and the negotiated version from then on', async () => {
    const seen: [string | undefined, unknown, unknown][] = [];
    const client = await serve((request, response, body) => {
      const method = body === '' ? request.method : (JSON.parse(body) as { method: string }).method;
      seen.push([method, request.headers['mcp-session-id'], request.headers['mcp-protocol-version']]);
      withSession(request, response, body);
    });
    expect(await client.open()).toMatchObject({ kind: 'result', status: 200 });
    await client.request('ping');
    await client.end();
    expect(client.session).toBeUndefined();
    expect(seen).toEqual([
      ['initialize', undefined, undefined],
      ['notifications/initialized', 's1', '2025-06-18'],
      ['ping', 's1', '2025-06-18'],
      ['DELETE', 's1', '2025-06-18'],
    ]);
  });

  test('hands on each frame when it arrives, while the request still runs', async () => {
    let finish = (): void => {};
    const client = await serve((_request, response, body) => {
      const { id } = JSON.parse(body) as { id: number };
      response.writeHead(200, sse);
      response.write(': open\n\nid: 1.1\ndata: {"jsonrpc":"2.0","method":"notifications/progress"}\n\n');
      finish = () => response.end(`id: 1.2\ndata: ${result(id, { done: true })}\n\n`);
    });
    const frames: Frame[] = [];
    let settled = false;
    const outcome = client.request('tools/call', {}, { onFrame: (frame) => frames.push(frame) });
    void outcome.then(() => {
      settled = true;
    });
    await expect.poll(() => frames.length).toBe(2);
    expect(settled).toBe(false);
    expect(frames.map(({ id, comments }) => [id, comments])).toEqual([
      [undefined, ['open']],
      ['1.1', []],
    ]);
    finish();
    expect(await outcome).toMatchObject({ kind: 'result', result: { done: true } });
    expect(frames.map(({ id }) => id)).toEqual([undefined, '1.1', '1.2']);
  });

  const reported: [string, Answer, Partial<Outcome>][] = [
    [
      'a JSON-RPC error keeps its HTTP status',
      (_request, response) => {
        response.writeHead(404, json);
        response.end('{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"Session not found"}}');
      },
      { kind: 'error', status: 404, error: { code: -32001, message: 'Session not found' } },
    ],
    [
      'what is not JSON-RPC is reported as the text that it was',
      (_request, response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad Gateway</h1>'),
      { kind: 'refused', status: 502, body: '<h1>Bad Gateway</h1>' },
    ],
    [
      'a stream that ends without the response says so',
      (_request, response) => response.writeHead(200, sse).end('data: {"jsonrpc":"2.0","id":99,"result":{}}\n\n'),
      { kind: 'no-response', status: 200 },
    ],
    [
      'a connection that breaks before any answer is unreachable',
      (request) => request.socket.destroy(),
      { kind: 'unreachable' },
    ],
  ];
  test.each(reported)('%s', async (_name, answer, expected) => {
    const client = await serve(answer);
    expect(await client.request('ping')).toMatchObject(expected);
  });

  test('a response counts although the connection breaks after it', async () => {
    const client = await serve((request, response, body) => {
      const { id } = JSON.parse(body) as { id: number };
      response.writeHead(200, sse);
      response.write(`data: ${result(id)}\n\n`, () => request.socket.destroy());
    });
    expect(await client.request('ping')).toMatchObject({ kind: 'result' });
  });

  test('GET resumes after the event that it names, and ends when the stream does', async () => {
    const client = await serve((request, response) => {
      response.writeHead(200, sse);
      response.end(`data: "${String(request.headers['last-event-id'])}"\n\n`);
    });
    const data: (string | undefined)[] = [];
    const outcome = await client.listen({ lastEventId: '2.7', onFrame: (frame) => data.push(frame.data) });
    expect(outcome).toMatchObject({ kind: 'accepted', status: 200 });
    expect(data).toEqual(['"2.7"']);
  });

  test('a caller that gives up is told so, and the connection is closed', async () => {
    let closed = false;
    const client = await serve((_request, response) => {
      response.writeHead(200, sse);
      response.write(': open\n\n');
      response.on('close', () => {
        closed = true;
      });
    });
    const giveUp = new AbortController();
    const outcome = client.listen({ signal: giveUp.signal, onFrame: () => giveUp.abort() });
    expect(await outcome).toEqual({ kind: 'aborted' });
    await expect.poll(() => closed).toBe(true);
  });

  test('names the negotiated version to a server without sessions as well', async () => {
    const seen: unknown[] = [];
    const client = await serve((request, response, body) => {
      const { id } = JSON.parse(body) as { id?: number };
      seen.push(request.headers['mcp-protocol-version']);
      if (id === undefined) response.writeHead(202).end();
      else response.writeHead(200, json).end(result(id, { protocolVersion: '2025-06-18' }));
    });
    await client.open();
    await client.request('ping');
    expect([client.session, seen]).toEqual([undefined, [undefined, '2025-06-18', '2025-06-18']]);
  });

  test('goes on with a session that was opened before, without using an id twice', async () => {
    let sent: unknown;
    const first = await serve((request, response, body) => {
      sent = [request.headers['mcp-session-id'], (JSON.parse(body) as { id: number }).id];
      withSession(request, response, body);
    });
    const session = { id: 's0', protocolVersion: '2025-11-25' };
    const clientInfo = { name: 'test', version: '1' };
    const client = new WireClient({ endpoint: first.endpoint, clientInfo, session, firstRequestId: 12 });
    await client.request('ping');
    expect(sent).toEqual(['s0', 12]);
    expect(client.nextRequestId).toBe(13);
  });
});
