import { expect, test } from 'vitest';
import { type Backplane, memory } from '../../playground-server/transport/index.ts';
import {
  acknowledgement,
  listening,
  promptsChanged,
  resourcesChanged,
  resourceUpdated,
  tellingHandler,
  told,
  toolsChanged,
} from './support/listen.ts';
import { type Served, serve } from './support/serve.ts';
import { another, store, testInOneProcess } from './support/store.ts';

/** Two transports with one store between them: two instances. */
const instance = (backplane: Backplane) => serve({ handler: tellingHandler(), backplane });
const tools = { toolsListChanged: true };
const last = 'test://last';

/** Tells something that comes after all that was told before: what a stream has by then is all that it will have. */
function finish(server: Served): void {
  server.transport.broadcast(resourceUpdated, { uri: last });
}

test('[L4] what any instance emits reaches every matching stream on every instance, once', async () => {
  const backplane = store();
  await using one = await instance(backplane);
  await using two = await instance(another(backplane));
  const filter = { ...tools, resourceSubscriptions: ['test://a', last] };
  const answers = await Promise.all([one, one, two, two].map((server, id) => listening(server, filter, { id })));
  one.transport.broadcast(toolsChanged);
  // What two instances say at a time has no order.
  for (const answer of answers) await answer.received(2);
  two.transport.broadcast(resourceUpdated, { uri: 'test://a' });
  two.transport.broadcast(resourceUpdated, { uri: 'test://b' });
  for (const answer of answers) await answer.received(3);
  one.transport.broadcast(promptsChanged);
  finish(one);
  for (const [id, answer] of answers.entries()) {
    await answer.until('the last', ({ messages }) => messages.at(-1)?.params.uri === last);
    expect(answer.messages).toEqual([
      acknowledgement(id, filter),
      told(toolsChanged, id),
      told(resourceUpdated, id, { uri: 'test://a' }),
      told(resourceUpdated, id, { uri: last }),
    ]);
  }
});

test('[L4] an instance that closed hears and tells nothing; the others go on', async () => {
  const backplane = store();
  await using one = await instance(backplane);
  await using two = await instance(another(backplane));
  const gone = await listening(one, tools);
  const stays = await listening(two, tools);
  await one.transport.close();
  expect((await gone.done()).messages.at(-1)?.method).toBe('notifications/cancelled');
  two.transport.broadcast(toolsChanged);
  expect((await stays.received(2)).messages[1]).toEqual(told(toolsChanged, 1));
});

/** The store in memory, whose message bus a test can interrupt. */
function interruptible(): { backplane: Backplane; interrupt(): void } {
  const inner = memory();
  const interrupted = new Set<() => void>();
  return {
    backplane: {
      ...inner,
      messages: {
        publish: (topic, message) => inner.messages.publish(topic, message),
        subscribe: (topic, listener, onInterrupted) => {
          interrupted.add(onInterrupted);
          const leave = inner.messages.subscribe(topic, listener, onInterrupted);
          return () => {
            interrupted.delete(onInterrupted);
            leave();
          };
        },
      },
    },
    interrupt: () => {
      for (const tell of interrupted) tell();
    },
  };
}

testInOneProcess(
  '[L4] after an interruption of the bus each stream gets one synthesised event per honoured type',
  async () => {
    const { backplane, interrupt } = interruptible();
    await using server = await instance(backplane);
    const filters = [
      { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true },
      { promptsListChanged: true, resourceSubscriptions: ['test://a', 'test://b', last] },
      {},
    ];
    const answers = await Promise.all(filters.map((filter, id) => listening(server, filter, { id })));
    interrupt();
    const expected = [
      [told(toolsChanged, 0), told(promptsChanged, 0), told(resourcesChanged, 0)],
      [told(promptsChanged, 1), ...['test://a', 'test://b', last].map((uri) => told(resourceUpdated, 1, { uri }))],
      [],
    ];
    for (const [id, messages] of expected.entries()) await answers[id]?.received(1 + messages.length);
    // Whatever else there might be comes before the end.
    await server.transport.close();
    for (const [id, messages] of expected.entries()) {
      const got = (await answers[id]?.done())?.messages.slice(1, -2) ?? [];
      expect(got).toHaveLength(messages.length);
      expect(got).toEqual(expect.arrayContaining(messages));
    }
  },
);
