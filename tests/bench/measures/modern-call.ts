import { floorOf, ours, peer } from '../harness/contenders.ts';
import { modernCall as request } from '../harness/requests.ts';
import { throughput } from '../harness/throughput.ts';
import { calls, type Measure } from './measure.ts';

export const modernCall: Measure = {
  id: 'T3',
  title: 'A call of the modern era',
  how: 'Revision 2026-07-28, tools/call, each answer one JSON object. SDK 1 does not speak it.',
  run: async (plan) =>
    calls(
      await throughput(
        [
          floorOf({}, { request }),
          peer('sdk-2', { modern: true }, { request }),
          ours({}, { request, plan, name: 'modern-call' }),
        ],
        plan,
      ),
    ),
};
