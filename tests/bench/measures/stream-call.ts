import { floorOf, ours, peer } from '../harness/contenders.ts';
import { throughput } from '../harness/throughput.ts';
import { calls, type Measure } from './measure.ts';

export const streamCall: Measure = {
  id: 'T2',
  title: 'A call, answered as a stream',
  how: 'Handshake era, tools/call in one session, each answer an event stream. Ours can be resumed, and so keeps a log; the peers, without an event store, keep none.',
  run: async (plan) =>
    calls(
      await throughput(
        [floorOf({}), peer('sdk-1', {}), peer('sdk-2', {}), ours({}, { plan, name: 'stream-call' })],
        plan,
      ),
    ),
};
