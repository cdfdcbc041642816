import { expect, test } from 'vitest';
import { acceptBoth, initializeRequest } from './support/client.ts';
import { expectError } from './support/expect.ts';
import { httpText, RawConnection } from './support/raw.ts';
import { serve } from './support/serve.ts';
import { testInOneProcess } from './support/store.ts';

const postLines = (...more: string[]) => [
  'Host: localhost',
  `Accept: ${acceptBoth}`,
  'Content-Type: application/json',
  ...more,
];

test('[P3] a body over maxRequestBytes by its header answers 413 before it is read, and closes', async () => {
  await using server = await serve({ maxRequestBytes: 1000 });
  using raw = await RawConnection.to(server.port);
  raw.send(httpText('POST', postLines('Content-Length: 1001')));
  const answer = await raw.end();
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  expect(answer.toLowerCase()).toContain('connection: close');
  expect(answer).toContain('"code":-32600,"message":"Content Too Large: the body may have 1000 bytes."');
});

test('[P3] a body over maxRequestBytes by counting answers 413 and closes', async () => {
  await using server = await serve({ maxRequestBytes: 1000 });
  using raw = await RawConnection.to(server.port);
  raw.send(httpText('POST', postLines('Transfer-Encoding: chunked')));
  for (let i = 0; i < 3; i++) raw.send(`190\r\n${' '.repeat(400)}\r\n`);
  expect(await raw.end()).toMatch(/^HTTP\/1\.1 413 /);
});

testInOneProcess('[P3] a client that goes on sending still reads its 413', async () => {
  await using server = await serve({ maxRequestBytes: 1000 });
  for (let round = 0; round < 5; round++) {
    const answer = await server.send({ body: ' '.repeat(8_000_000) });
    expectError(answer, 413, -32600, /1000 bytes/);
  }
});

test('[P3] a body of exactly maxRequestBytes is read', async () => {
  const body = JSON.stringify(initializeRequest());
  await using server = await serve({ maxRequestBytes: body.length + 10 });
  expect((await server.send({ body: body + ' '.repeat(10) })).status).toBe(200);
  expect((await server.send({ body: body + ' '.repeat(11) })).status).toBe(413);
});

test('[P3] a body that takes longer than bodyTimeoutMs answers 408 and closes', async () => {
  await using server = await serve({ bodyTimeoutMs: 50 });
  for (const body of ['', '{"jsonrpc"']) {
    using raw = await RawConnection.to(server.port);
    raw.send(httpText('POST', postLines('Content-Length: 100'), body));
    const answer = await raw.end();
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('Request Timeout: the body was not complete after 50 ms.');
  }
});

test('[P3] a slow body that is complete in time is served, whatever its pieces', async () => {
  await using server = await serve();
  using raw = await RawConnection.to(server.port);
  const body = new TextEncoder().encode(JSON.stringify(initializeRequest({}, 'äöü')));
  raw.send(httpText('POST', postLines(`Content-Length: ${body.length}`, 'Connection: close')));
  for (const byte of body) {
    raw.send(Uint8Array.of(byte));
    await new Promise(setImmediate);
  }
  expect(Buffer.from(await raw.end(), 'latin1').toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n.*"id":"äöü"/s);
});

test('[P4] not UTF-8, not JSON, or too deep: 400, -32700', async () => {
  await using server = await serve({ maxJsonDepth: 5 });
  const invalid = Buffer.concat([
    Buffer.from('{"jsonrpc":"2.0","id":1,"method":"'),
    Buffer.of(0xc3, 0x28),
    Buffer.from('"}'),
  ]);
  expectError(await server.send({ body: invalid }), 400, -32700, /^Parse error: the body is not UTF-8\.$/);
  for (const body of ['', ' ', '{', '{"a":1}}', 'NaN', "{'a':1}", '\0', '{"a":"\n"}']) {
    expectError(await server.send({ body }), 400, -32700, /^Parse error: the body is not JSON\.$/);
  }
  const deep = (levels: number) => ({ body: '['.repeat(levels) + ']'.repeat(levels) });
  expectError(await server.send(deep(6)), 400, -32700, /^Parse error: the JSON is nested deeper than 5 levels\.$/);
  expectError(await server.send({ body: '['.repeat(1_000_000) }), 400, -32700, /nested deeper/);
  expect((await server.send(deep(5))).json.error.code).toBe(-32600);
  // Braces inside a string nest nothing.
  const text = await server.send({ body: { jsonrpc: '2.0', id: 1, method: '[[[[[[[[{{{{{{"\\"[[[' } });
  expect(text.json.error.message).toMatch(/^Missing session ID/);
});
