import { expect, test } from 'vitest';
import { expectError } from './support/expect.ts';
import { testHandler } from './support/handler.ts';
import { modern, modernRequest, versionKey } from './support/modern.ts';
import { RawConnection } from './support/raw.ts';
import { type Served, serve } from './support/serve.ts';

const served = () =>
  serve({
    handler: testHandler({ 'tools/call': () => ({}), 'prompts/get': () => ({}), 'resources/read': () => ({}) }),
  });
const call = (server: Served, name: unknown, header: string | undefined, method = 'tools/call', key = 'name') =>
  server.send(modernRequest(method, { params: { [key]: name }, headers: { 'mcp-name': header } }));
const encoded = (text: string) => `=?base64?${Buffer.from(text).toString('base64')}?=`;

test('[M5] MCP-Protocol-Version and Mcp-Method must be there and equal the body, in the same case', async () => {
  await using server = await served();
  const cases: [Record<string, string | undefined>, RegExp][] = [
    [{ 'mcp-protocol-version': undefined }, /header MCP-Protocol-Version is missing; _meta says "2026-07-28"/],
    [{ 'mcp-protocol-version': '2025-11-25' }, /MCP-Protocol-Version is "2025-11-25", but _meta says "2026-07-28"/],
    [{ 'mcp-method': undefined }, /header Mcp-Method is missing; the body says "echo"/],
    [{ 'mcp-method': 'ping' }, /Mcp-Method is "ping", but the body says "echo"/],
    [{ 'mcp-method': 'Echo' }, /Mcp-Method is "Echo"/],
    // Only names and parameters may be encoded.
    [{ 'mcp-method': encoded('echo') }, /Mcp-Method is "=\?base64/],
    [{ 'mcp-method': '' }, /Mcp-Method is ""/],
  ];
  for (const [headers, says] of cases) {
    expectError(await server.send(modernRequest('echo', { id: 5, headers })), 400, -32020, says, 5);
  }
  expect(server.handler.requests).toEqual([]);
});

test.each([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
])('[M5] %s repeats params.%s in Mcp-Name', async (method, key) => {
  await using server = await served();
  const name = 'file:///a%20b?c=d#e';
  expect((await call(server, name, name, method, key)).status).toBe(200);
  const said = server.handler.requests.length;
  const wrong: [unknown, string | undefined, RegExp][] = [
    [name, undefined, new RegExp(`Mcp-Name is missing; ${method} repeats params.${key}`)],
    [name, name.toUpperCase(), /Mcp-Name is "FILE/],
    [name, '', /Mcp-Name is ""/],
    [undefined, name, new RegExp(`but params.${key} is no string`)],
    [7, '7', new RegExp(`but params.${key} is no string`)],
    [undefined, undefined, /Mcp-Name is missing/],
  ];
  for (const [value, header, says] of wrong) {
    expectError(await call(server, value, header, method, key), 400, -32020, says, 1);
  }
  expect(server.handler.requests).toHaveLength(said);
});

test('[M5] other methods need no Mcp-Name, and one that is there means nothing', async () => {
  await using server = await served();
  const params = { name: 'a', uri: 'b' };
  for (const header of [undefined, 'anything']) {
    const answer = await server.send(modernRequest('echo', { params, headers: { 'mcp-name': header } }));
    expect(answer.status).toBe(200);
  }
});

test('[M5] header names count in any case, and white space around a value does not', async () => {
  await using server = await served();
  const { body } = modernRequest('tools/call', { params: { name: 'tool' } });
  const headers = { 'MCP-PROTOCOL-VERSION': `  ${modern}\t`, 'Mcp-mEthOd': ' tools/call ', 'MCP-NAME': '\t tool  ' };
  expect((await server.send({ body, headers })).status).toBe(200);
});

test('[M5] Mcp-Name may be encoded, and must be where a header cannot carry the name', async () => {
  await using server = await served();
  const names = ['Hello', 'Hello, 世界', ' padded ', 'line1\nline2', '=?base64?literal?=', '', '\uFEFFmark', '😀'];
  for (const name of names) expect((await call(server, name, encoded(name))).status, name).toBe(200);
  const literal: [name: string, header: string][] = [
    ['SGVsbG8=', 'SGVsbG8='],
    ['=?base64?SGVsbG8=', '=?base64?SGVsbG8='],
    ['SGVsbG8=?=', 'SGVsbG8=?='],
    ['=?BASE64?SGVsbG8=?=', '=?BASE64?SGVsbG8=?='],
    ['=?base64?=', '=?base64?='],
    ['a\tb', 'a\tb'],
  ];
  for (const [name, header] of literal) expect((await call(server, name, header)).status, name).toBe(200);
  // It is not its own encoding: read literally, these would be equal.
  const broken = ['=?base64?literal?=', '=?base64?SGVsbG8?=', '=?base64?SGVs!!!bG8=?=', '=?base64?SGVs bG8=?='];
  // Stray bits, and bytes that are not UTF-8.
  broken.push('=?base64?SGVsbG9=?=', '=?base64?/w==?=');
  for (const header of broken) {
    for (const name of [header, 'Hello']) {
      expectError(await call(server, name, header), 400, -32020, /Mcp-Name is neither visible ASCII nor/, 1);
    }
  }
  expectError(await call(server, 'hello', encoded('Hello')), 400, -32020, /Mcp-Name is "Hello", but/, 1);
});

test('[M5] a raw byte beyond ASCII is refused even where it would equal the body', async () => {
  await using server = await served();
  for (const [name, sent] of [
    ['caf\u00e9', 'caf\u00e9'],
    ['café', Buffer.from('café').toString('latin1')],
  ] as const) {
    using raw = await RawConnection.to(server.port);
    const body = JSON.stringify(modernRequest('tools/call', { params: { name } }).body);
    const lines = [
      'POST /mcp HTTP/1.1',
      'host: 127.0.0.1',
      'connection: close',
      'accept: application/json, text/event-stream',
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      `mcp-protocol-version: ${modern}`,
      'mcp-method: tools/call',
      `mcp-name: ${sent}`,
    ];
    raw.send(`${lines.join('\r\n')}\r\n\r\n`).send(Buffer.from(body));
    const answer = await raw.end();
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":-32020');
  }
  expect(server.handler.requests).toEqual([]);
});

test('[M5] what a client sent stands in the message quoted and shortened', async () => {
  await using server = await served();
  const long = 'x'.repeat(500);
  const { message } = (await call(server, `"${long}`, long)).json.error;
  expect(message).toContain(`Mcp-Name is "${'x'.repeat(80)}…"`);
  expect(message).toContain(`params.name is "\\"${'x'.repeat(79)}…"`);
  const version = { meta: { [versionKey]: long } };
  expect((await server.send(modernRequest('echo', version))).json.error.message.length).toBeLessThan(300);
});
