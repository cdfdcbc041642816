import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { freePort } from '../../setup/free-port.ts';
import { startRedis } from '../../setup/redis.ts';
import { tempFolder } from '../../setup/temp-folder.ts';
import { isCallAnswer as check } from '../harness/answer.ts';
import { openSession, ours } from '../harness/contenders.ts';
import { callIn } from '../harness/requests.ts';
import { startServer } from '../harness/server.ts';
import { type Contender, throughput } from '../harness/throughput.ts';
import { calls, type Measure } from './measure.ts';

const transport = { enableJsonResponse: true };
/** So many sessions take turns where several processes serve them. */
const sessionCount = 32;

export const stores: Measure = {
  id: 'T9',
  title: 'The same call on each store',
  how: 'tools/call as JSON: in one session, kept in memory, in SQLite and in Redis; and in 32 sessions in Redis, by one process and by four that share a port. Redis and the load want the same cores, so the goal for four is the CPU of a call, which says whether more cores would serve more.',
  run: async (plan) => {
    await using folder = await tempFolder();
    await using redis = await startRedis();
    const kept = (key: string, label: string, store?: string): Contender => ({
      ...ours({ transport, ...(store && { store }) }, { plan, name: `store-${key}` }),
      key,
      label,
    });
    const one = await throughput(
      [
        kept('memory', 'memory'),
        kept('sqlite', 'SQLite', `sqlite:${join(folder.path, 'store.db')}`),
        kept('redis', 'Redis', `${redis.url}#${randomUUID()}:`),
      ],
      plan,
    );
    const processes = await throughput(
      [inProcesses('one', 'one process', 1, redis.url), inProcesses('four', 'four processes', 4, redis.url)],
      plan,
    );
    return [
      ...calls(one, 'Calls in a second', 'stores'),
      ...calls(processes, 'Calls in a second, on Redis', 'processes'),
    ];
  },
};

function inProcesses(key: string, label: string, count: number, redisUrl: string): Contender {
  return {
    key,
    label,
    role: 'ours',
    check,
    start: async () => {
      const options = { transport, store: `${redisUrl}#${randomUUID()}:`, port: await freePort() };
      const stack = new AsyncDisposableStack();
      const servers = await Promise.all(
        Array.from({ length: count }, async () => stack.use(await startServer('ours', options))),
      );
      const sessions: string[] = [];
      for (let n = 0; n < sessionCount; n++) sessions.push(await openSession(options));
      return { servers, request: callIn('{session}'), sessions, [Symbol.asyncDispose]: () => stack.disposeAsync() };
    },
  };
}
