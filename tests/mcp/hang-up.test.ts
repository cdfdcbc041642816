import { expect, test } from 'vitest';
import { logLevelKey } from '../contract/support/modern.ts';
import { modernEra } from './support/eras.ts';
import { servePlayground } from './support/playground.ts';

const tool = { name: 'hang_up', arguments: { afterEvents: 2 } };
const withProgress = { ...tool, _meta: { progressToken: 'p' } };
const hungUp = 'Hung up after 2 of 4 events, and went on';
const stayed = 'Sent 4 events and did not hang up: nothing on this stream could be resumed';

test('hang_up closes its connection after so many events, and the rest is there for who resumes', async () => {
  await using server = await servePlayground({ retryInterval: 20 });
  const session = await server.session();
  const first = await (await session.call('tools/call', withProgress)).done();
  expect(first.messages.map(({ params }) => params.progress)).toEqual([1, 2]);
  expect(first.text).toContain('retry: 20\n');
  const rest = await (await session.get(first.eventIds.at(-1))).done();
  expect(rest.messages.slice(0, -1).map(({ params }) => params.progress)).toEqual([3, 4]);
  expect(rest.messages.at(-1).result.content[0].text).toBe(hungUp);
});

test('hang_up logs to who did not ask for progress', async () => {
  await using server = await servePlayground();
  const session = await server.session();
  await session.answer('logging/setLevel', { level: 'info' });
  const first = await (await session.call('tools/call', tool)).done();
  expect(first.messages.map(({ params }) => params.data)).toEqual(['event 1 of 4', 'event 2 of 4']);
});

test.each([
  ['a revision before 2025-11-25', '2025-06-18', {}],
  ['a server without event log', '2025-11-25', { eventLog: null }],
])('hang_up stays, and says so, with %s', async (_what, version, options) => {
  await using server = await servePlayground(options);
  const session = await server.session(version);
  const { messages } = await session.answer('tools/call', withProgress);
  expect(messages.slice(0, -1).map(({ params }) => params.progress)).toEqual([1, 2, 3, 4]);
  expect(messages.at(-1).result.content[0].text).toBe(stayed);
});

test('hang_up stays, and says so, in the modern era', async () => {
  await using server = await servePlayground();
  const { open } = await modernEra.enter(server);
  const { messages } = await (await open('tools/call', { ...tool, _meta: { [logLevelKey]: 'info' } })).done();
  expect(messages).toHaveLength(5);
  expect(messages.at(-1).result.content[0].text).toBe(stayed);
});
