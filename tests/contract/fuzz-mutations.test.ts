/** Valid requests of both eras, changed at random: what is still valid is served, all else refused without a word of text. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../setup/until.ts';
import { acceptBoth, initializeRequest } from './support/client.ts';
import { FuzzedServer, isTame } from './support/fuzzed-server.ts';
import { modern, modernRequest } from './support/modern.ts';
import { httpText, RawConnection } from './support/raw.ts';
import { seeded } from './support/runs.ts';

const fuzzed = new FuzzedServer();
beforeAll(() => fuzzed.start());
afterAll(() => fuzzed.stop());

/** Requests as conforming clients send them, of every kind: the stuff that mutations are made of. */
function validRequests(id: string): string[] {
  const text = (method: string, headers: Record<string, unknown> = {}, body?: unknown) => {
    const json = body === undefined ? '' : JSON.stringify(body);
    const given = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const length = json === '' ? [] : ['Content-Type: application/json', `Content-Length: ${json.length}`];
    return httpText(method, ['Host: localhost', `Accept: ${acceptBoth}`, ...given, ...length], json);
  };
  const own = { 'Mcp-Session-Id': id, 'MCP-Protocol-Version': '2025-11-25' };
  const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
  const modernText = (method: string, params?: Record<string, unknown>) => {
    const { headers, body } = modernRequest(method, params && { params });
    return text('POST', headers, body);
  };
  return [
    text('POST', {}, initializeRequest()),
    text('POST', own, ping),
    text('POST', own, { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } }),
    text('POST', own, { jsonrpc: '2.0', id: `${'a'.repeat(16)}.1`, result: {} }),
    text('POST', { 'Mcp-Session-Id': id }, [ping, { ...ping, id: 2 }]),
    text('GET', own),
    text('GET', { ...own, 'Last-Event-ID': '0.0' }),
    text('GET', { ...own, 'Last-Event-ID': '1.0' }),
    text('OPTIONS', { Origin: 'http://localhost:1', 'Access-Control-Request-Method': 'POST' }),
    modernText('echo'),
    modernText('tools/call', { name: 'x', arguments: {} }),
    modernText('server/discover'),
    modernText('subscriptions/listen', { notifications: { toolsListChanged: true } }),
  ];
}

interface Edit {
  kind: 'insert' | 'overwrite' | 'drop' | 'repeat';
  /** Where, as a fraction of the whole. */
  at: number;
  bytes: Uint8Array;
  length: number;
}

const place = fc.double({ min: 0, max: 1, noNaN: true });
const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom('insert', 'overwrite', 'drop', 'repeat'),
  at: place,
  bytes: fc.uint8Array({ minLength: 1, maxLength: 6 }),
  length: fc.nat({ max: 40 }),
});

function mutated(text: string, edits: readonly Edit[]): Buffer {
  let bytes = Buffer.from(text, 'latin1');
  for (const one of edits) {
    const at = Math.floor(one.at * bytes.length);
    const before = bytes.subarray(0, at);
    if (one.kind === 'insert') bytes = Buffer.concat([before, one.bytes, bytes.subarray(at)]);
    else if (one.kind === 'overwrite')
      bytes = Buffer.concat([before, one.bytes, bytes.subarray(at + one.bytes.length)]);
    else if (one.kind === 'drop') bytes = Buffer.concat([before, bytes.subarray(at + one.length)]);
    else bytes = Buffer.concat([before, bytes.subarray(at, at + one.length), bytes.subarray(at)]);
  }
  return bytes;
}

/** The change is in the body alone, and the length is right: it gets past HTTP, to what reads JSON. */
function mutatedBody(text: string, edits: readonly Edit[]): Buffer {
  const [head, json] = text.split('\r\n\r\n') as [string, string];
  if (json === '') return mutated(text, edits);
  const body = mutated(json, edits);
  const newHead = head.replace(/(?<=Content-Length: )\d+/, String(body.length));
  return Buffer.concat([Buffer.from(`${newHead}\r\n\r\n`), body]);
}

test('[X4] valid requests of both eras with random bytes changed, alone and pipelined', async () => {
  const one = fc.record({ pick: fc.nat(), edits: fc.array(edit, { maxLength: 3 }), isInBody: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 4 }), async (picks) => {
      const requests = validRequests(fuzzed.session.id);
      const bytes = picks.map(({ pick, edits, isInBody }) => {
        const text = requests[pick % requests.length] as string;
        return isInBody ? mutatedBody(text, edits) : mutated(text, edits);
      });
      expect(await fuzzed.exchange(Buffer.concat(bytes))).toSatisfy(isTame);
    }),
    seeded(400),
  );
  await fuzzed.stillAnswers();
});

test('[X4] a valid request is served, into whatever pieces it is cut', async () => {
  const pieces = fc.array(fc.nat({ max: 60 }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(0, 1, 3, 9, 11), pieces, async (pick, lengths) => {
      const text = validRequests(fuzzed.session.id)[pick] as string;
      using raw = await RawConnection.to(fuzzed.server.port);
      let sent = 0;
      for (const length of lengths) {
        raw.send(text.slice(sent, sent + length));
        sent += length;
        await new Promise(setImmediate);
      }
      raw.send(text.slice(sent));
      await until('the answer', () => /^HTTP\/1\.1 20[02] /.test(raw.received));
    }),
    seeded(40),
  );
});

test('[X4] modern requests with any _meta and any headers', async () => {
  const keys = ['protocolVersion', 'clientCapabilities', 'clientInfo', 'logLevel', 'subscriptionId', 'serverInfo'];
  const values = fc.oneof(fc.constantFrom<unknown>(modern, '2025-11-25', '', null, {}, [], 'debug'), fc.jsonValue());
  const meta = fc.dictionary(
    fc.oneof(fc.constantFrom(...keys.map((key) => `io.modelcontextprotocol/${key}`)), fc.string()),
    values,
    { maxKeys: 6 },
  );
  const value = fc.oneof(
    fc.constantFrom(modern, '2025-11-25', '2024-11-05', 'ping', 'echo', '=?base64?cGluZw==?=', '=?base64?!?=', ''),
    fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 40 }),
  );
  const names = ['mcp-protocol-version', 'mcp-method', 'mcp-name', 'mcp-param-x', 'mcp-session-id', 'last-event-id'];
  const headers = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 4 });
  const methods = ['ping', 'echo', 'tools/call', 'initialize', 'server/discover', 'logging/setLevel', '', '__proto__'];
  const id = fc.oneof(fc.constant(undefined), fc.integer(), fc.string());
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...methods),
      id,
      fc.oneof(meta, fc.jsonValue()),
      fc.boolean(),
      headers,
      fc.dictionary(fc.constantFrom('name', 'uri', 'arguments', 'requestState', 'inputResponses'), values),
      async (method, requestId, given, isConforming, over, params) => {
        const { headers: standard, body } = modernRequest(method, { headers: over });
        const base = (body as { params: { _meta: object } }).params._meta;
        const _meta = isConforming && typeof given === 'object' ? { ...base, ...given } : given;
        const message = { jsonrpc: '2.0', ...(requestId === undefined ? {} : { id: requestId }), method };
        const answer = await fuzzed.server.send({
          headers: standard,
          body: { ...message, params: { ...params, _meta } },
        });
        expect(answer.status).toBeLessThan(500);
        expect(answer.text).toSatisfy(isTame);
        if (answer.status === 202) expect(answer.text).toBe('');
        else if (requestId !== undefined) {
          const isStream = answer.headers['content-type'] === 'text/event-stream';
          expect((isStream ? answer.messages.at(-1) : answer.json).id).toEqual(requestId);
        }
      },
    ),
    seeded(300),
  );
  await fuzzed.stillAnswers();
});

test('[X4] [G6] ids and texts of any characters come back as they were sent, lone surrogates too', async () => {
  const wild = fc.string({ unit: fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code)), maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(wild, fc.dictionary(wild, wild), async (id, params) => {
      const answer = await fuzzed.session.send({ body: { jsonrpc: '2.0', id, method: 'echo', params } });
      expect(answer.messages).toEqual([{ jsonrpc: '2.0', id, result: JSON.parse(JSON.stringify(params)) }]);
    }),
    seeded(100),
  );
});

test('[P4] a request with one byte that is no UTF-8 answers 400', async () => {
  const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'echo', params: { text: 'abcdefgh' } }));
  const at = body.indexOf('abcdefgh');
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 7 }), fc.integer({ min: 0x80, max: 0xff }), async (offset, byte) => {
      const wrong = Buffer.from(body);
      wrong[at + offset] = byte;
      const answer = await fuzzed.session.send({ body: wrong });
      expect([answer.status, answer.json.error.code]).toEqual([400, -32700]);
    }),
    seeded(40),
  );
  await fuzzed.stillAnswers();
});

test('[X4] connections that are half closed, or opened and left alone, end by themselves', async () => {
  for (const text of validRequests(fuzzed.session.id)) {
    expect(await fuzzed.exchange(text)).toSatisfy(isTame);
    using raw = await RawConnection.to(fuzzed.server.port);
    raw.socket.end();
    await raw.end();
  }
  const gone = () =>
    new Promise<boolean>((resolve) => fuzzed.server.server.getConnections((_, count) => resolve(count === 0)));
  await until('all connections to be gone', gone);
  await fuzzed.stillAnswers();
});
