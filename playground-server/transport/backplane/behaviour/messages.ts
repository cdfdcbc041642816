import type { JsonObject } from '../../json-rpc.ts';
import type { Backplane } from '../backplane.ts';
import { type Case, eventually, range } from './case.ts';
import { same } from './check.ts';

interface Listener {
  readonly heard: JsonObject[];
  leave(): void;
}

/** Listens from now on. What was published before a store knows of it may have passed, so it is tried until it is heard. */
async function listen({ messages }: Backplane, from: Backplane, topic: string): Promise<Listener> {
  const heard: JsonObject[] = [];
  let begun = false;
  const listener = (message: JsonObject): void => {
    if (message.trial) begun = true;
    else heard.push(message);
  };
  const leave = messages.subscribe(topic, listener, () => {});
  await eventually('the first message', async () => {
    await from.messages.publish(topic, { trial: true });
    return begun;
  });
  return { heard, leave };
}

const numbered = (n: number, by = 'one'): JsonObject => ({ by, n });

export const messageCases: readonly Case[] = [
  {
    title:
      'a message reaches every listener of its topic once and in order, in the process that publishes and in others',
    rules: ['L4', 'B8'],
    async run({ one, two }) {
      const listeners = [await listen(one, two, 't'), await listen(two, one, 't'), await listen(two, one, 't')];
      const other = await listen(two, one, 'other');
      for (const n of range(1, 50)) await one.messages.publish(n % 5 ? 't' : 'other', numbered(n));
      const expected = range(1, 50)
        .filter((n) => n % 5)
        .map((n) => numbered(n));
      await eventually('all of them', () => listeners.every(({ heard }) => heard.length >= expected.length));
      await eventually('the others', () => other.heard.length >= 10);
      for (const { heard } of listeners) same(heard, expected);
      same(
        other.heard,
        range(1, 10).map((n) => numbered(5 * n)),
      );
      for (const { leave } of [...listeners, other]) leave();
    },
  },
  {
    title: 'the messages of each publisher stay in their order',
    rules: ['L4'],
    async run({ one, two }) {
      const listeners = [await listen(one, two, 't'), await listen(two, one, 't')];
      const publish = async ({ messages }: Backplane, by: string) => {
        for (const n of range(1, 30)) await messages.publish('t', numbered(n, by));
      };
      await Promise.all([publish(one, 'one'), publish(two, 'two')]);
      await eventually('all of them', () => listeners.every(({ heard }) => heard.length >= 60));
      for (const { heard, leave } of listeners) {
        for (const by of ['one', 'two']) {
          same(
            heard.filter((message) => message.by === by),
            range(1, 30).map((n) => numbered(n, by)),
          );
        }
        leave();
      }
    },
  },
  {
    title: 'a listener that has left hears nothing more, and may leave twice',
    rules: ['L4'],
    async run({ one, two }) {
      const [leaver, stayer] = [await listen(two, one, 't'), await listen(two, one, 't')];
      await one.messages.publish('t', numbered(1));
      await eventually('both', () => [leaver, stayer].every(({ heard }) => heard.length === 1));
      leaver.leave();
      leaver.leave();
      await one.messages.publish('t', numbered(2));
      await eventually('the second', () => stayer.heard.length === 2);
      same(leaver.heard, [numbered(1)]);
      stayer.leave();
      const again = await listen(two, one, 't');
      await one.messages.publish('t', numbered(3));
      await eventually('the third', () => again.heard.length === 1);
      same([stayer.heard.length, again.heard], [2, [numbered(3)]]);
      again.leave();
    },
  },
  {
    title: 'a message arrives as it was published, and nobody has to listen',
    rules: ['L4'],
    async run({ one, two }) {
      const message = { text: 'é✓😀\u2028"\n', list: [1, null, { deep: [true] }], empty: {} };
      await one.messages.publish('nobody listens', message);
      const listener = await listen(two, one, 'a topic: with "signs" ✓');
      await one.messages.publish('a topic: with "signs" ✓', message);
      await eventually('it', () => listener.heard.length > 0);
      same(listener.heard, [message]);
      listener.leave();
    },
  },
];
