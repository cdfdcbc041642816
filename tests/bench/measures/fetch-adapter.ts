import { floorOf, ours, peer } from '../harness/contenders.ts';
import { throughput } from '../harness/throughput.ts';
import { calls, type Measure } from './measure.ts';

const json = { adapter: 'fetch', transport: { enableJsonResponse: true } } as const;

export const fetchAdapter: Measure = {
  id: 'T10',
  title: 'The fetch adapter',
  how: 'As the first measure, with our adapter for Request and Response behind @hono/node-server, which SDK 2 also uses. The floor is @hono/node-server around a function that reads the body and answers.',
  run: async (plan) =>
    calls(
      await throughput(
        [
          floorOf(json, { program: 'floor-fetch', label: 'bare @hono/node-server' }),
          peer('sdk-2', { enableJsonResponse: true }),
          ours(json, { plan, name: 'fetch-adapter' }),
        ],
        plan,
      ),
    ),
};
