/** Real processes that share a SQLite store: sessions and streams outlive whoever served them. */
import { expect, test } from 'vitest';
import { until } from '../setup/until.ts';
import type { Answer, Json } from './support/answer.ts';
import { latest } from './support/client.ts';
import { type InstanceProcess, startInstance, startInstances } from './support/processes.ts';
import { addressOf, newRedis, newSqlite } from './support/store.ts';

const newAddress = () => addressOf(newSqlite());
const three = async (address = newAddress()) => {
  const instances = await startInstances(3, address);
  const [one, two, three] = instances.all as [InstanceProcess, InstanceProcess, InstanceProcess];
  return { one, two, three, [Symbol.asyncDispose]: () => instances[Symbol.asyncDispose]() };
};
const progress = (answer: Answer): number[] =>
  answer.messages.flatMap(({ method, params }: Json) => (method === 'notifications/progress' ? [params.n] : []));
const pidOf = (answer: Answer): unknown => answer.messages.at(-1)?.result?.pid;

test('[B2] [P7] a session that one process opened is served by each, and outlives the one that opened it', async () => {
  await using processes = await three();
  const { one, two, three: last } = processes;
  const session = await one.session();
  const answers = [];
  for (const instance of [one, two, last]) answers.push(await instance.at(session).answer('whoami'));
  expect(answers.map(pidOf)).toEqual([one.child.pid, two.child.pid, last.child.pid]);
  await one.kill();
  expect(pidOf(await two.at(session).answer('whoami'))).toBe(two.child.pid);
  expect((await last.at(session).delete()).status).toBe(200);
  expect((await two.at(session).answer('whoami')).status).toBe(404);
});

test('[B2] a session and what was logged for it outlive all processes', async () => {
  const address = newAddress();
  const first = await startInstance(address);
  const session = await first.session();
  const call = await session.call('count', { to: 3, everyMs: 0 }, 'c');
  expect(progress(await call.done())).toEqual([1, 2, 3]);
  await first.kill();
  await using second = await startInstances(1, address);
  const [instance] = second.all as [InstanceProcess];
  const resumed = await (await instance.at(session).get('1.1')).done();
  expect(progress(resumed)).toEqual([2, 3]);
  expect(resumed.eventIds).toEqual(['1.2', '1.3', '1.4']);
});

test('[S5] what handlers keep with a session at a time, in two processes, is all kept', async () => {
  await using processes = await three();
  const { one, two, three: last } = processes;
  const session = await one.session();
  const keys = Array.from({ length: 30 }, (_, n) => `k${n}`);
  await Promise.all(keys.map((key, n) => [one, two, last][n % 3]?.at(session).answer('keep', { key, value: n })));
  const kept = await two.at(session).answer('kept');
  expect(Object.keys(kept.messages.at(-1)?.result).sort()).toEqual([...keys].sort());
});

test('[B8] [R1] a call that runs in one process is gone on with in another, live, without gap or repetition', async () => {
  await using processes = await three();
  const { one, two, three: last } = processes;
  const session = await one.session();
  const call = await (await two.at(session).call('count', { to: 40, everyMs: 10 }, 'c')).received(5);
  call.destroy();
  const seen = [...call.eventIds];
  const middle = await (await last.at(session).get(seen.at(-1))).received(5);
  middle.destroy();
  seen.push(...middle.eventIds);
  const end = await (await one.at(session).get(seen.at(-1))).done();
  seen.push(...end.eventIds);
  const [stream] = String(seen[0]).split('.');
  expect(seen).toEqual(Array.from({ length: 41 }, (_, n) => `${stream}.${n + 1}`));
  expect(pidOf(end)).toBe(two.child.pid);
  // Nothing is left of it, wherever it is asked for.
  expect((await one.at(session).get(seen.at(-1))).status).toBe(405);
});

test('[B8] [R3] whoever resumes a stream in another process takes it over: the connection before closes', async () => {
  await using processes = await three();
  const { one, two } = processes;
  const session = await one.session();
  const [get, call] = [await session.get(), await session.call('count', { to: 1_000, everyMs: 10 }, 'c')];
  await call.received(2);
  const [elsewhere, resumed] = [await two.at(session).get(), await two.at(session).get(call.eventIds.at(-1))];
  expect((await get.done()).state).toBe('ended');
  expect((await call.done()).messages.every(({ method }: Json) => method === 'notifications/progress')).toBe(true);
  await resumed.received(5);
  expect(elsewhere.state).toBe('arriving');
  await session.cancel('c');
  await resumed.done();
});

test('[E5] [B8] a broadcast is once on the stream of every session, wherever made and read', async () => {
  await using processes = await three();
  const { one, two, three: last } = processes;
  const [first, second] = [await one.session(), await two.session()];
  // Both sessions are known to all three: each of them would have appended it.
  for (const instance of [one, two, last]) {
    for (const session of [first, second]) await instance.at(session).answer('whoami');
  }
  const gets = [await last.at(first).get(), await one.at(second).get()];
  for (const [n, instance] of [one, two, last, one].entries()) {
    await instance.at(first).answer('tell', { n });
    for (const get of gets) await get.received(n + 1);
  }
  for (const get of gets) {
    expect(get.messages.map(({ params }: Json) => params.n)).toEqual([0, 1, 2, 3]);
    expect(get.eventIds).toEqual(['0.1', '0.2', '0.3', '0.4']);
  }
});

test.each([
  ['SQLite', newAddress],
  ['Redis', () => addressOf(newRedis())],
])('[B5] [P6] in %s a batch whose process is killed ends with errors for what has no answer', async (_, address) => {
  await using processes = await three(address());
  const { one, two } = processes;
  const session = await one.session('2025-03-26');
  const count = (id: number | string, to: number) => ({
    jsonrpc: '2.0',
    id,
    method: 'count',
    params: { to, everyMs: 10 },
  });
  const body = [count(1, 1), count('1', 10_000), count(2, 10_000)];
  const batch = await session.open({ body });
  await batch.until('one to be answered', () => batch.messages.some(({ result }: Json) => result));
  const stream = String(batch.eventIds[0]).split('.')[0];
  await one.kill();
  const resumed = await (await two.at(session).get(`${stream}.0`)).done();
  const answers = resumed.messages.filter(({ method }: Json) => !method);
  expect(answers.map(({ id, result, error }: Json) => [id, result?.pid ?? error?.code])).toEqual([
    [1, one.child.pid],
    ['1', -32603],
    [2, -32603],
  ]);
});

test.each([
  ['SQLite', false, newAddress],
  ['SQLite', true, newAddress],
  ['Redis', false, () => addressOf(newRedis())],
])(
  '[P13] [P17] [B7] in %s, in JSON %s: what a killed process ran counts no more',
  async (_, enableJsonResponse, address) => {
    const options = { maxInFlight: 2, duplicateRequestIds: 'reject', enableJsonResponse } as const;
    await using processes = await startInstances(2, address(), options);
    const [one, two] = processes.all as [InstanceProcess, InstanceProcess];
    const session = await one.session();
    const long = { to: 10_000, everyMs: 10 };
    // In JSON no answer begins before it is whole. Whoever asks below whether they run may be what one has no room beside.
    const begin = async (id: string): Promise<void> => {
      const { status } = await session.call('count', long, id);
      if (status === 429) await begin(id);
    };
    for (const id of ['a', 'b']) begin(id).catch(() => {});
    const status = async (id: string) => (await two.at(session).answer('whoami', {}, id)).status;
    await until('both to run', async () => (await status('other')) === 429);
    expect(await status('a')).toBe(409);
    await one.kill();
    await until('it to be known that they run no more', async () => (await status('other')) === 200);
    expect(await status('a')).toBe(200);
    expect(await status('b')).toBe(200);
  },
);

test.each([
  ['SQLite', newAddress],
  ['Redis', () => addressOf(newRedis())],
])('[E5] [B8] in %s a broadcast reaches a session that no process knew when it was made, once', async (_, address) => {
  await using processes = await three(address());
  const { one, two, three: last } = processes;
  const other = await two.session();
  await two.at(other).answer('tell', { n: 'before it was opened' });
  const session = await one.session();
  await one.at(session).answer('whoami');
  await two.at(other).answer('tell', { n: 1 });
  const heard = await (await one.at(session).get()).received(1);
  await one.kill();
  await heard.done();
  await two.at(other).answer('tell', { n: 2 });
  await two.at(other).answer('tell', { n: 3 });
  const resumed = await (await last.at(session).get(heard.eventIds.at(-1))).received(2);
  await two.at(session).answer('whoami');
  await two.at(other).answer('tell', { n: 4 });
  await resumed.received(3);
  expect(heard.messages.map(({ params }: Json) => params.n)).toEqual([1]);
  expect(resumed.messages.map(({ params }: Json) => params.n)).toEqual([2, 3, 4]);
});

test('[E5] [S5] what a session follows is known to all: the process that was told of it may die', async () => {
  await using processes = await three();
  const { one, two, three: last } = processes;
  const [session, other] = [await one.session(), await last.session()];
  const get = await one.at(session).get();
  for (const instance of [last, two]) await instance.at(session).answer('follow', { uri: `test://${instance.port}` });
  await two.kill();
  for (const { port } of [two, last]) await last.at(other).answer('touch', { uri: `test://${port}` });
  await get.received(2);
  expect(get.messages.map(({ params }: Json) => params.uri)).toEqual([`test://${two.port}`, `test://${last.port}`]);
});

test('[E8] a handler hangs up on its client, whichever process that reads from', async () => {
  await using processes = await three();
  const { one, two, three: last } = processes;
  const session = await one.session();
  const params = { to: 30, everyMs: 20, hangUpAt: 20 };
  const call = await (await one.at(session).call('count', params, 'c')).received(5);
  call.destroy();
  const resumed = await (await two.at(session).get(call.eventIds.at(-1))).done();
  expect([resumed.state, resumed.frames.at(-1)?.retry]).toEqual(['ended', '1000']);
  const rest = await (await last.at(session).get(resumed.eventIds.at(-1))).done();
  expect(progress(resumed).at(-1)).toBe(20);
  expect(progress(rest)).toEqual(Array.from({ length: 10 }, (_, n) => n + 21));
});

test('[C1] a question that one process asks is answered through another', async () => {
  await using processes = await three();
  const { one, two, three: last } = processes;
  const session = await one.session(latest, { capabilities: { roots: {} } });
  const call = await (await two.at(session).call('ask', {}, 'a')).received(1);
  const [asked] = call.messages;
  const answered = { jsonrpc: '2.0', id: asked.id, result: { roots: [{ uri: 'file:///home' }] } };
  expect((await last.at(session).send({ body: answered })).status).toBe(202);
  expect((await call.done()).messages.at(-1)).toEqual({
    jsonrpc: '2.0',
    id: 'a',
    result: { pid: two.child.pid, roots: [{ uri: 'file:///home' }] },
  });
});

test('[B5] a process is killed during a call: its client resumes elsewhere and is told, within ten seconds', async () => {
  await using processes = await three();
  const { one, two, three: last } = processes;
  const session = await one.session();
  const call = await (await two.at(session).call('count', { to: 10_000, everyMs: 20 }, 'c')).received(3);
  const silent = await two.at(session).call('ask', {}, 'unasked');
  await silent.done();
  await two.kill();
  expect((await call.done()).state).toBe('cut');
  const resumed = await (await last.at(session).get(call.eventIds.at(-1))).done();
  expect(resumed.messages.at(-1)).toEqual({
    jsonrpc: '2.0',
    id: 'c',
    error: { code: -32603, message: expect.stringContaining('ended before it had an answer') },
  });
  // What it had logged before it died is all there, once.
  const seen = [...progress(call), ...progress(resumed)];
  expect(seen).toEqual(Array.from({ length: seen.length }, (_, n) => n + 1));
  expect(pidOf(await one.at(session).answer('whoami'))).toBe(one.child.pid);
});

test('[B5] a process that was only paused is taken for dead; what it appends when it wakes is refused', async () => {
  await using processes = await three();
  const { one, two } = processes;
  const session = await one.session();
  const call = await (await two.at(session).call('count', { to: 10_000, everyMs: 20 }, 'c')).received(3);
  call.destroy();
  // One that stands still in the middle of a write keeps the file locked for all others: that is another matter.
  await until('it to stand still between two writes', async () => {
    two.child.kill('SIGCONT');
    two.child.kill('SIGSTOP');
    return (await one.at(session).answer('whoami')).status === 200;
  });
  const resumed = await (await one.at(session).get(call.eventIds.at(-1))).done();
  expect(resumed.messages.at(-1)?.error.code).toBe(-32603);
  two.child.kill('SIGCONT');
  await until('it to serve again', async () => pidOf(await two.at(session).answer('whoami')) === two.child.pid);
  const end = resumed.eventIds.at(-1);
  expect((await two.at(session).get(end)).status).toBe(405);
  expect((await one.at(session).get(end)).status).toBe(405);
});

test('[X1] a process that ends on purpose fails what still runs, and its sessions go on elsewhere', async () => {
  await using processes = await three();
  const { one, two } = processes;
  const session = await one.session();
  const [get, call] = [await session.get(), await session.call('count', { to: 10_000, everyMs: 20 }, 'c')];
  await call.received(2);
  await one.kill('SIGTERM');
  expect((await get.done()).state).toBe('ended');
  expect((await call.done()).messages.at(-1)).toMatchObject({ id: 'c', error: { code: -32603 } });
  expect(pidOf(await two.at(session).answer('whoami'))).toBe(two.child.pid);
});

test('[P15] [S4] what one process is told of a call or a session, the one that runs it does', async () => {
  await using processes = await three();
  const { one, two, three: last } = processes;
  const session = await one.session();
  const calls = [
    await one.at(session).call('count', { to: 10_000, everyMs: 20 }, 'a'),
    await two.at(session).call('count', { to: 10_000, everyMs: 20 }, 'b'),
  ];
  for (const call of calls) await call.received(1);
  await last.at(session).cancel('a');
  const [a, b] = calls as [Answer, Answer];
  expect((await a.done()).messages.some((message: Json) => message.id === 'a')).toBe(false);
  expect(b.state).toBe('arriving');
  await last.at(session).delete();
  await b.done();
  expect((await two.at(session).answer('whoami')).status).toBe(404);
});
