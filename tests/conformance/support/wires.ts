import type { Wire } from './wire.ts';

export const handshakeWire: Wire = {
  version: '2025-11-25',
  expected: { passed: 84, info: 8 },
  // Two requests, two responses, the end of the first stream, and three events: beginning, beginning again when
  // resumed (rule E1), and the answer.
  information: { 'server-sse-polling': 8 },
  leftOut: {},
};

const tasks = 'the optional extension io.modelcontextprotocol/tasks, which the fixture server does not declare';

export const modernWire: Wire = {
  version: '2026-07-28',
  expected: { passed: 152, info: 1 },
  // Three lists at once are answered as three JSON objects: there is no stream to look at.
  information: { 'server-sse-multiple-streams': 1 },
  leftOut: {
    'tasks-lifecycle': tasks,
    'tasks-capability-negotiation': tasks,
    'tasks-wire-fields': tasks,
    'tasks-request-state-removal': tasks,
    'tasks-mrtr-input': tasks,
    'tasks-request-headers': tasks,
    'tasks-dispatch-and-envelope': tasks,
    'tasks-status-notifications': tasks,
    'tasks-required-task-error': tasks,
    'tasks-mrtr-composition': tasks,
  },
};
