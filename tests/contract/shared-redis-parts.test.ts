/** What the parts of the Redis store do when Redis refuses, or cannot be reached: as instances see it. */
import { createClient } from '@redis/client';
import { expect, onTestFinished, test } from 'vitest';
import { record, roomy } from '../../playground-server/transport/backplane/behaviour/case.ts';
import { type RedisBackplane, redis } from '../../playground-server/transport/backplane/redis.ts';
import { type MessageBus, StoreUnreachable } from '../../playground-server/transport/index.ts';
import { startRedis } from '../setup/redis.ts';
import { startRedisRelay } from '../setup/redis-relay.ts';
import { until } from '../setup/until.ts';

const bounds = { maxEvents: 9, maxBytes: 999, maxSessionBytes: 9999, maxAgeMs: 60_000 };

const connect = (server: { url: string }, given: { prefix?: string; now?: () => number } = {}): RedisBackplane => {
  const backplane = redis({ url: server.url, ...given });
  onTestFinished(() => backplane.close());
  return backplane;
};

/** Asks Redis itself. */
async function ask(server: { url: string }, command: string[]): Promise<unknown> {
  const client = createClient({ url: server.url });
  await client.connect();
  try {
    return await client.sendCommand(command);
  } finally {
    client.destroy();
  }
}

const keys = async (server: { url: string }, pattern: string) => (await ask(server, ['KEYS', pattern])) as string[];

/** What is heard of a topic: texts, and `missed`. */
function listen({ messages }: { messages: MessageBus }, topic = 't'): { heard: string[]; leave: () => void } {
  const heard: string[] = [];
  const leave = messages.subscribe(
    topic,
    ({ text }) => void heard.push(String(text)),
    () => void heard.push('missed'),
  );
  return { heard, leave };
}

async function published(from: RedisBackplane, text: string, topic = 't'): Promise<void> {
  await from.messages.publish(topic, { text });
}

test('[B6] [L4] who lost the connection hears that messages were missed, and so does whoever could not be told', async () => {
  await using server = await startRedis();
  await using relay = await startRedisRelay(server.url);
  const [one, two] = [connect(relay), connect(server)];
  const [here, there] = [listen(one), listen(two)];
  await until('both to hear', async () => {
    for (const each of [one, two]) await published(each, 'begin');
    return [here, there].every(({ heard }) => heard.length > 2);
  });
  const mend = relay.cut();
  await until('the connection to be gone', () => !one.isReachable);
  await expect(published(one, 'lost')).rejects.toThrow(new StoreUnreachable('Redis cannot be reached.'));
  await expect(one.ping()).rejects.toThrow(StoreUnreachable);
  await published(two, 'lost');
  mend();
  await until('both to be told', () => [here, there].every(({ heard }) => heard.includes('missed')));
  await until('it to be reached', () => one.isReachable);
  await one.ping();
  // And no more than once: what is published now was not missed.
  await published(one, 'now');
  await until('that', () => there.heard.includes('now'));
  expect(there.heard.filter((text) => text === 'missed')).toHaveLength(1);
});

test('[B6] [L4] who could not listen at first is told that messages were missed', async () => {
  await using server = await startRedis();
  await using relay = await startRedisRelay(server.url);
  const [one, two] = [connect(server), connect(relay)];
  await two.ping();
  relay.deafen('messages:t');
  const { heard } = listen(two);
  await until('that to be refused', () => relay.spoilt === 1);
  await until('it to be told', () => heard.length > 0);
  await published(one, 'now');
  await until('that', () => heard.includes('now'));
  expect(heard).toEqual(['missed', 'now']);
});

test('[L4] who leaves twice takes nobody along, and Redis is told when the last one has left', async () => {
  await using server = await startRedis();
  const [one, two] = [connect(server), connect(server)];
  const hears = ({ heard }: { heard: string[] }) =>
    until('a message to be heard', async () => {
      await published(one, 'a');
      return heard.includes('a');
    });
  const first = listen(two);
  await hears(first);
  first.leave();
  const second = listen(two);
  first.leave();
  await hears(second);
  const third = listen(two);
  second.leave();
  await published(one, 'b');
  await until('that', () => third.heard.includes('b'));
  third.leave();
  await until('no channel to be left', async () => {
    const channels = await ask(server, ['PUBSUB', 'SHARDCHANNELS']);
    return (channels as string[]).length === 0;
  });
});

test('[B6] [E6] what comes behind the opening of a stream that Redis refused is there once, when it comes again', async () => {
  await using server = await startRedis();
  await using relay = await startRedisRelay(server.url);
  const { logs } = connect(relay);
  relay.spoil('log:1');
  const log = logs.open('session', '1', bounds);
  const events = ['"a"', '"b"'].map((json, n) => ({ json, last: n === 1 }));
  const outcomes = await Promise.allSettled(events.map((event) => log.append(event)));
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(relay.spoilt).toBe(1);
  expect(await Promise.all(events.map((event) => log.append(event)))).toEqual([1, 2]);
  expect((await log.readAfter(0, 9)).events.map(({ json }) => json)).toEqual(['"a"', '"b"']);
});

test('[B3] [B5] [R4] what an instance left running in an ended session, and what was cleared up, is not looked at again', async () => {
  await using server = await startRedis();
  const clock = { now: 1_000_000 };
  const { logs } = connect(server, { now: () => clock.now });
  await logs.open('ended', '1', bounds, { instance: 'this', request: 1 }).takeOver();
  const log = logs.open('delivered', '1', bounds);
  await log.append({ json: '{}', last: true });
  log.delivered();
  await logs.drop('ended');
  clock.now += 60_000;
  await until('the streams to be gone', async () => {
    await logs.sweep();
    return (await keys(server, '*:running')).length === 0 && (await logs.find('delivered', '1')).kind !== 'kept';
  });
  await logs.sweep();
  const scripts = async () =>
    /cmdstat_evalsha:calls=(\d+)/.exec(String(await ask(server, ['INFO', 'commandstats'])))?.[1];
  const before = Number(await scripts());
  await logs.sweep();
  // What this instance runs, and that it is idle.
  expect(Number(await scripts()) - before).toBe(2);
});

test('[B3] what is kept under a prefix can be removed from one server, however much it is, and no more', async () => {
  await using server = await startRedis();
  // As a pattern it would stand for the other as well.
  const [mine, other] = [connect(server, { prefix: 'a?[b]*\\:' }), connect(server, { prefix: 'aa[b]c\\:' })];
  const more = Array.from({ length: 3_000 }, (_, n) => [`a?[b]*\\:more ${n}`, '']).flat();
  await ask(server, ['MSET', ...more]);
  for (const { sessions } of [mine, other]) {
    expect(await sessions.create(record('id'), roomy)).toMatchObject({ kind: 'created' });
  }
  await mine.clear();
  const left = await keys(server, '*');
  expect(left.length).toBeGreaterThan(0);
  expect(left.filter((key) => !key.startsWith('aa[b]c\\:'))).toEqual([]);
});

test('[L4] who listens again right after leaving hears what is said', async () => {
  await using server = await startRedis();
  const [one, two] = [connect(server), connect(server)];
  const heard: unknown[] = [];
  const nothing = () => {};
  two.messages.subscribe('t', nothing, nothing)();
  two.messages.subscribe('t', ({ n }) => void heard.push(n), nothing);
  await until('a message to be heard', async () => {
    await one.messages.publish('t', { n: 1 });
    return heard.length > 0;
  });
});
