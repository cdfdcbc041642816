import { expect, test } from 'vitest';
import { until } from '../setup/until.ts';
import { localServer, TestLab } from './local-server.ts';

test('neither the log of the server nor the wire names what opens something, or where a reader is', async () => {
  await using server = await localServer({ config: { trustProxy: 1 } });
  const lab = await TestLab.create(server.origin);
  const session = await lab.initialize();
  const cookie = 'cookie-that-is-secret';
  const address = '203.0.113.77';
  const bearer = 'bearer-that-is-secret';
  const headers = {
    'X-Forwarded-For': address,
    Forwarded: `for=${address}`,
    'X-Real-IP': address,
    Cookie: `a=${cookie}`,
    Authorization: `Bearer ${bearer}`,
    'Mcp-Session-Id': session,
    Accept: 'application/json, text/event-stream',
    'Content-Type': 'application/json',
  };
  const send = (method: string, body?: string) =>
    fetch(lab.endpoint, { method, headers, ...(body !== undefined && { body }) }).then((response) => response.text());
  await send('POST', '{"jsonrpc":"2.0","id":7,"method":"tools/list"}');
  await send('POST', '{');
  await send('PUT', 'x');
  await (await lab.api('?token=no', { headers: { Authorization: `Bearer ${bearer}` } })).text();
  // What goes wrong is logged as well.
  process.kill(lab.created.processes[0]?.pid as number, 'SIGKILL');
  await lab.wireUntil('a successor', ({ id, body }) => id > 2 && body.type === 'process-started');
  await send('POST', '{"jsonrpc":"2.0","id":8,"method":"tools/list"}');
  await lab.wireUntil('its answer', ({ exchange, body }) => exchange === 'x6' && body.type === 'response-end');
  const wire = JSON.stringify((await lab.poll()).events);
  const opened = { id: lab.created.id, token: lab.created.token, session, cookie, bearer, address };
  await lab.api('', { method: 'DELETE' });
  await until('the end to be logged', () => server.logged().includes('lab-ended'));
  const logged = server.logged();

  // Both have something to say.
  expect(logged).toContain('"route":"/labs/:id/mcp"');
  expect(logged).toContain('worker crashed');
  expect(wire).toContain('["X-Forwarded-For","…"]');
  expect(wire).toContain(`${session.slice(0, 4)}…${session.slice(-2)}`);
  for (const [name, secret] of Object.entries(opened)) {
    expect(logged.includes(secret), `${name} in the log`).toBe(false);
    expect(wire.includes(secret), `${name} on the wire`).toBe(false);
  }
  expect(logged).not.toContain('127.0.0.1');
});
