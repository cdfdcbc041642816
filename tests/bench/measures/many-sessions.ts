import { isCallAnswer as check } from '../harness/answer.ts';
import { load } from '../harness/load.ts';
import { type Plan, scaled } from '../harness/plan.ts';
import { callIn, initialize } from '../harness/requests.ts';
import { startServer } from '../harness/server.ts';
import { type Contender, throughput } from '../harness/throughput.ts';
import type { Measure } from './measure.ts';

const counts = [1_000, 10_000, 100_000];

export const manySessions: Measure = {
  id: 'T8',
  title: 'A call beside many sessions',
  how: 'tools/call as JSON, in each of 1 000, 10 000 and 100 000 sessions in turn: the CPU that one call takes.',
  run: async (plan) => {
    const rows = await throughput(
      counts.map((count) => contender(count, plan)),
      plan,
    );
    const cpu = rows.map(({ key, label, role, cpuMicros = [] }) => ({ key, label, role, runs: cpuMicros }));
    return [{ key: 'cpu', title: 'CPU for each call', unit: 'µs', rows: cpu }];
  },
};

function contender(count: number, plan: Plan): Contender {
  return {
    key: String(count),
    label: `${count / 1_000} 000 sessions`,
    role: 'ours',
    check,
    start: async () => {
      const transport = { enableJsonResponse: true, maxSessions: 2 * count };
      const server = await startServer('ours', { transport, countedIds: true });
      const sessions = scaled(count, plan);
      await load({ port: server.port, request: initialize, seconds: 300, limit: sessions });
      return {
        servers: [server],
        request: callIn('{session}'),
        sessions,
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      };
    },
  };
}
