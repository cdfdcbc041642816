import { expect, test } from 'vitest';
import { maskSessionId } from '../../playground-server/transport/trace.ts';
import { connectClient1, connectClient2 } from '../interop/official-clients.ts';
import { until } from '../setup/until.ts';
import { localServer, TestLab } from './local-server.ts';

test.each([
  ['@modelcontextprotocol/sdk 1.x', connectClient1],
  ['@modelcontextprotocol/client 2.x', connectClient2],
] as const)('%s uses a lab by its URL alone, and the wire shows it', async (_, connect) => {
  await using server = await localServer();
  const lab = await TestLab.create(server.origin);
  await using client = await connect(lab.endpoint);
  expect(await client.listTools()).toContain('count');

  const progress: number[] = [];
  await client.callTool('count', { to: 3, everyMs: 10 }, { onProgress: (done) => progress.push(done) });
  expect(progress).toEqual([1, 2, 3]);

  // It opens its GET stream when it pleases.
  await until('its standalone stream', async () => (await lab.state()).processes[0]?.streams.some(({ open }) => open));
  await client.callTool('announce');
  await until('the announcement', () =>
    client.heard.some(({ method }) => method === 'notifications/tools/list_changed'),
  );

  const session = maskSessionId(client.sessionId ?? '');
  expect((await lab.state()).processes[0]?.sessions.map(({ id }) => id)).toEqual([session]);
  await client.terminate();
  const events = await lab.wireUntil('the end of the session', ({ body }) => body.type === 'session-ended');
  expect(events.find(({ body }) => body.type === 'session-ended')).toMatchObject({ actor: 'p1', session });
  const steps = events.filter(({ body }) => body.type === 'event-written' && body.bytes.includes('"progress":'));
  expect(steps).toHaveLength(3);
  expect(new Set(steps.map(({ exchange }) => exchange)).size).toBe(1);
});
