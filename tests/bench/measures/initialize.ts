import { isOpening as check } from '../harness/answer.ts';
import { floorOf, ours, peer } from '../harness/contenders.ts';
import { initialize as request } from '../harness/requests.ts';
import { throughput } from '../harness/throughput.ts';
import { calls, type Measure } from './measure.ts';

/** More than can be opened in a round: nothing is to be refused. */
const roomy = { transport: { maxSessions: 10_000_000 } };

export const initialize: Measure = {
  id: 'T4',
  title: 'Opening a session',
  how: 'Handshake era, initialize. Each server is started anew for each round, since none of the sessions ends.',
  run: async (plan) =>
    calls(
      await throughput(
        [
          floorOf({}, { request, check }),
          peer('sdk-1', {}, { request, check }),
          peer('sdk-2', {}, { request, check }),
          ours(roomy, { request, check, plan, name: 'initialize' }),
        ],
        plan,
        { fresh: true },
      ),
      'Sessions opened in a second',
    ),
};
