import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createPlayground } from '../../playground-server/mcp/index.ts';
import type { Served } from '../contract/support/serve.ts';
import { eras, modernEra } from './support/eras.ts';
import { servePlayground } from './support/playground.ts';

let server: Served;
beforeAll(async () => {
  server = await servePlayground();
});
afterAll(() => server[Symbol.asyncDispose]());

describe.each(eras)('in the %s era', (name, era) => {
  test('the clock is listed and read', async () => {
    const { ask } = await era.enter(server);
    const { result } = await ask('resources/list');
    expect(result.resources).toMatchObject([{ uri: 'lab://clock', name: 'clock', mimeType: 'text/plain' }]);
    const read = await ask('resources/read', { uri: 'lab://clock' });
    expect(read.result.contents).toEqual([
      { uri: 'lab://clock', mimeType: 'text/plain', text: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) },
    ]);
  });

  test('a template is listed, and reads what fits it', async () => {
    const { ask } = await era.enter(server);
    const { result } = await ask('resources/templates/list');
    expect(result.resourceTemplates).toMatchObject([{ uriTemplate: 'lab://process/{name}', name: 'process' }]);
    const read = await ask('resources/read', { uri: 'lab://process/p1' });
    const [{ uri, mimeType, text }] = read.result.contents;
    expect([uri, mimeType]).toEqual(['lab://process/p1', 'application/json']);
    expect(JSON.parse(text)).toEqual({ process: 'p1', pid: 7, startedAt: expect.any(String) });
    expect((await ask('resources/read', { uri: 'lab://process/%70%31' })).result.contents[0].text).toBe(text);
  });

  test.each([
    'lab://process/p2',
    'lab://process/p1/more',
    'lab://process/',
    'lab://process/%zz',
    'lab://clocks',
    'LAB://clock',
  ])('%s is not found, with the code of the era', async (uri) => {
    const { ask } = await era.enter(server);
    const { error } = await ask('resources/read', { uri });
    expect(error).toEqual({
      code: name === 'modern' ? -32602 : -32002,
      message: `Resource not found: ${uri}. See resources/list and resources/templates/list.`,
      data: { uri },
    });
  });
});

test('who subscribed to the clock hears that it changed, and others do not', async () => {
  const session = await server.session();
  const other = await server.session();
  const streams = [await session.get(), await other.get()];
  await session.answer('resources/subscribe', { uri: 'lab://clock' });
  const { open } = await modernEra.enter(server);
  const listening = await open('subscriptions/listen', { notifications: { resourceSubscriptions: ['lab://clock'] } });
  await listening.received(1);
  server.transport.broadcast('notifications/resources/updated', { uri: 'lab://clock' });
  server.transport.broadcast('notifications/tools/list_changed');
  expect((await listening.received(2)).messages[1].params.uri).toBe('lab://clock');
  const [heard, unheard] = await Promise.all(streams.map((stream) => stream.received(1)));
  expect((await heard?.received(2))?.messages.map(({ method }) => method)).toEqual([
    'notifications/resources/updated',
    'notifications/tools/list_changed',
  ]);
  expect(unheard?.messages.map(({ method }) => method)).toEqual(['notifications/tools/list_changed']);

  await session.answer('resources/unsubscribe', { uri: 'lab://clock' });
  server.transport.broadcast('notifications/resources/updated', { uri: 'lab://clock' });
  server.transport.broadcast('notifications/tools/list_changed');
  expect((await heard?.received(3))?.messages[2].method).toBe('notifications/tools/list_changed');
  for (const stream of [...streams, listening]) stream.destroy();
});

test('nothing unknown can be subscribed to', async () => {
  const session = await server.session();
  const { error } = (await session.answer('resources/subscribe', { uri: 'lab://cloak' })).messages.at(-1);
  expect([error.code, error.data]).toEqual([-32002, { uri: 'lab://cloak' }]);
});

test('the clock tells of its change every five seconds, until it is stopped', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const playground = createPlayground({ processName: 'p1', pid: 7 });
  const broadcast = vi.fn();
  playground.start({ broadcast });
  vi.advanceTimersByTime(10_000);
  playground.stop();
  vi.advanceTimersByTime(10_000);
  const told = ['notifications/resources/updated', { uri: 'lab://clock' }];
  expect(broadcast.mock.calls).toEqual([told, told]);
});
