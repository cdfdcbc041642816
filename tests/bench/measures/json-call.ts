import { floorOf, ours, peer } from '../harness/contenders.ts';
import { throughput } from '../harness/throughput.ts';
import { calls, type Measure } from './measure.ts';

const json = { transport: { enableJsonResponse: true } };

export const jsonCall: Measure = {
  id: 'T1',
  title: 'A call, answered as JSON',
  how: 'Handshake era, tools/call in one session, each answer one JSON object.',
  run: async (plan) =>
    calls(
      await throughput(
        [
          floorOf(json),
          floorOf(json, { together: true, label: 'the same, answers of a turn together' }),
          peer('sdk-1', { enableJsonResponse: true }),
          peer('sdk-2', { enableJsonResponse: true }),
          ours(json, { plan, name: 'json-call' }),
        ],
        plan,
      ),
    ),
};
