import { once } from 'node:events';
import { createServer, get as httpGet } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { localServer, TestLab } from '../lab/local-server.ts';

test.each(['/healthz', '/readyz'])('%s says status, version and uptime', async (path) => {
  await using server = await localServer();
  const response = await fetch(`${server.origin}${path}`);
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toEqual({
    status: 'ok',
    version: packageJson.version,
    uptimeSeconds: expect.any(Number),
  });
});

test('metrics are on METRICS_PORT and nowhere else, and name routes, not labs', async () => {
  await using server = await localServer({ config: { metricsPort: 0 } });
  const lab = await TestLab.create(server.origin);
  const session = await lab.initialize();
  await (await fetch(`${server.origin}/nowhere?q=1`)).text();
  expect((await fetch(`${server.origin}/metrics`)).status).toBe(404);
  const metrics = `http://127.0.0.1:${server.metricsPort}`;
  const text = await (await fetch(`${metrics}/metrics`)).text();
  expect(text).toMatch(/^lab_running 1$/m);
  expect(text).toMatch(/^lab_wire_log_events [1-9]\d*$/m);
  expect(text).toMatch(
    /^lab_http_request_duration_seconds_count\{route="\/labs\/:id\/mcp",method="POST",status="200"\} 1$/m,
  );
  expect(text).toContain('route="site"');
  for (const secret of [lab.created.id, lab.created.token, session, 'nowhere']) expect(text).not.toContain(secret);
  expect((await fetch(`${metrics}/`)).status).toBe(404);
});

test('without METRICS_PORT there are none', async () => {
  await using server = await localServer();
  expect(server.metricsPort).toBeUndefined();
});

test('a metrics port in use: the server does not start half', async () => {
  await using taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  await expect(localServer({ config: { metricsPort: port } })).rejects.toThrow(
    `Port ${port} is in use on 127.0.0.1. Stop what uses it, or set METRICS_PORT to another port.`,
  );
});

test('a kept connection is kept for longer than proxies keep theirs', async () => {
  await using server = await localServer();
  const [response] = await once(
    httpGet(`${server.origin}/healthz`, { headers: { Connection: 'keep-alive' } }),
    'response',
  );
  expect(response.headers['keep-alive']).toBe('timeout=75');
  response.destroy();
});

test('/mcp is served without a lab, by the server itself', async () => {
  await using server = await localServer();
  const response = await fetch(`${server.origin}/mcp`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
    }),
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('mcp-session-id')).not.toBeNull();
  expect((await fetch(`${server.origin}/mcp`, { method: 'PUT' })).status).toBe(405);
});
