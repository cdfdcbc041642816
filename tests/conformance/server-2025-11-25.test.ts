import { conformsOn } from './support/wire.ts';

await conformsOn({
  version: '2025-11-25',
  expected: { passed: 84, info: 8 },
  // Two requests, two responses, the end of the first stream, and three events: beginning, beginning again when
  // resumed (rule E1), and the answer.
  information: { 'server-sse-polling': 8 },
  leftOut: {},
});
