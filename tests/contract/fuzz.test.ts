/** What no client of good will sends: a fuzzed request gets a 4xx or loses its own connection, and the server lives on. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../setup/until.ts';
import { acceptBoth } from './support/client.ts';
import { FuzzedServer, statusesOf } from './support/fuzzed-server.ts';
import { httpText, RawConnection } from './support/raw.ts';
import { runs, seeded } from './support/runs.ts';

const fuzzed = new FuzzedServer();
beforeAll(() => fuzzed.start());
afterAll(() => fuzzed.stop());

const lines = ['Host: localhost', `Accept: ${acceptBoth}`, 'Content-Type: application/json', 'Connection: close'];
const isRefused = (answer: string) => statusesOf(answer).every((status) => status >= 400 && status < 500);

test('[X4] random bytes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      expect(await fuzzed.exchange(bytes)).toSatisfy(isRefused);
    }),
    seeded(200),
  );
  await fuzzed.stillAnswers();
});

test('[X4] HTTP with one thing broken', async () => {
  const good = httpText('POST', [...lines, 'Content-Length: 2'], '{}');
  const edit = fc.tuple(fc.nat(good.length), fc.nat(4), fc.string({ unit: 'binary-ascii', maxLength: 4 }));
  await fc.assert(
    fc.asyncProperty(edit, async ([at, drop, insert]) => {
      expect(await fuzzed.exchange(good.slice(0, at) + insert + good.slice(at + drop))).toSatisfy(isRefused);
    }),
    seeded(200),
  );
  await fuzzed.stillAnswers();
});

test('[X4] bodies of any bytes, in a session', async () => {
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((json) => Buffer.from(json)),
    fc.tuple(fc.json(), fc.nat(200)).map(([json, cut]) => Buffer.from(json).subarray(0, cut)),
    fc.integer({ min: 65, max: 50_000 }).map((depth) => Buffer.from('[{"a":'.repeat(depth))),
  );
  await fc.assert(
    fc.asyncProperty(body, async (bytes) => {
      const answer = await fuzzed.session.send({ body: bytes });
      expect([400, 413]).toContain(answer.status);
      expect([-32700, -32600]).toContain(answer.json.error.code);
    }),
    seeded(200),
  );
  await fuzzed.stillAnswers();
});

test('[X4] any header values', async () => {
  const value = fc.string({
    unit: fc
      .integer({ min: 0x20, max: 0xff })
      .filter((code) => code !== 0x7f)
      .map((code) => String.fromCharCode(code)),
    maxLength: 60,
  });
  const names = [
    'host',
    'origin',
    'accept',
    'content-type',
    'content-encoding',
    'mcp-session-id',
    'mcp-protocol-version',
    'last-event-id',
    'connection',
    'expect',
    'content-length',
    'transfer-encoding',
    'upgrade',
  ];
  const header = fc.tuple(fc.constantFrom(...names), value);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'POST', 'DELETE', 'OPTIONS', 'HEAD'),
      fc.array(header, { maxLength: 4 }),
      async (method, headers) => {
        const given = headers.map(([name, text]) => `${name}: ${text}`);
        expect(await fuzzed.exchange(httpText(method, ['Host: localhost', ...given, 'Connection: close']))).toSatisfy(
          isRefused,
        );
      },
    ),
    seeded(200),
  );
  await fuzzed.stillAnswers();
});

test('[X4] giant headers, and very many', async () => {
  for (const big of [[`Mcp-Session-Id: ${'x'.repeat(100_000)}`], Array.from({ length: 3000 }, (_, i) => `X-${i}: 1`)]) {
    expect(await fuzzed.exchange(httpText('GET', [...lines, ...big]))).toSatisfy(isRefused);
  }
  const long = await fuzzed.session.send({ method: 'GET', headers: { 'last-event-id': '9'.repeat(8000) } });
  expect(long.status).toBe(400);
  expect(long.text.length).toBeLessThan(400);
  await fuzzed.stillAnswers();
});

test('[X4] slow bodies, half-closed and broken connections, many at once', async () => {
  const held = Array.from({ length: runs(20) }, async (_, i) => {
    using raw = await RawConnection.to(fuzzed.server.port);
    const id = `Mcp-Session-Id: ${fuzzed.session.id}`;
    raw.send(httpText('POST', [...lines, id, 'Content-Length: 50'], '{"jsonrpc":'));
    if (i % 4 === 0) raw.socket.destroy();
    else if (i % 4 === 1) raw.socket.resetAndDestroy();
    else if (i % 4 === 2) raw.socket.end();
    if (i % 4 < 2) return [408];
    return statusesOf(await raw.end());
  });
  for (const seen of await Promise.all(held))
    expect(seen.every((status) => status === 408 || status === 400)).toBe(true);
  await until(
    'all connections to be gone',
    () => new Promise<boolean>((resolve) => fuzzed.server.server.getConnections((_, count) => resolve(count === 0))),
  );
  await fuzzed.stillAnswers();
});

test('[X4] broken chunks', async () => {
  for (const body of [
    'zz\r\n',
    '5\r\nab',
    '-1\r\n\r\n',
    'ffffffffffffffffff\r\n',
    '1;ext=\x01\r\na\r\n0\r\n\r\n',
    '3\r\nabcdef\r\n',
  ]) {
    const answer = await fuzzed.exchange(httpText('POST', [...lines, 'Transfer-Encoding: chunked'], body));
    expect(answer).toSatisfy(isRefused);
  }
  await fuzzed.stillAnswers();
});

test('[X4] streams that are opened and broken at any moment leave none open', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('get', 'post', 'resume'), { minLength: 1, maxLength: 4 }),
      async (kinds) => {
        const other = await fuzzed.server.session();
        for (const kind of kinds) {
          const raw = await RawConnection.to(fuzzed.server.port);
          const own = ['Host: localhost', `Accept: ${acceptBoth}`, `Mcp-Session-Id: ${other.id}`];
          const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
          if (kind === 'get') raw.send(httpText('GET', own));
          if (kind === 'resume') raw.send(httpText('GET', [...own, 'Last-Event-ID: 0.0']));
          if (kind === 'post')
            raw.send(
              httpText('POST', [...own, 'Content-Type: application/json', `Content-Length: ${body.length}`], body),
            );
          await new Promise((resolve) => raw.socket.write('', resolve));
          if (kinds.length % 2) raw.socket.destroy();
          else raw.socket.resetAndDestroy();
        }
        await until('no stream to be open', () => !fuzzed.server.transport.inspect().streams.some(({ open }) => open));
        expect((await other.delete()).status).toBe(200);
      },
    ),
    seeded(15),
  );
  await fuzzed.stillAnswers();
});
