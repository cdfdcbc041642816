import { conformsOn } from './support/wire.ts';

const tasks = 'the optional extension io.modelcontextprotocol/tasks, which the fixture server does not declare';

await conformsOn({
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
});
