import { bothEras, type Section } from './rule.ts';

export const backplane: Section = {
  letter: 'B',
  title: 'Backplane',
  eras: bothEras,
  rules: [
    {
      id: 'B1',
      title: 'memory',
      text:
        'The default, for one process. There is no promise on its paths, no timer that keeps running, and no copy of a ' +
        'message that nobody can resume.',
    },
    {
      id: 'B2',
      title: 'sqlite',
      text: 'Any number of processes on one machine, through `node:sqlite`. It survives restarts.',
    },
    {
      id: 'B3',
      title: 'redis',
      text:
        'Any number of machines, through Redis or Valkey. Keys have a prefix, expire by themselves and are safe in a ' +
        'cluster.',
    },
    {
      id: 'B4',
      title: 'One behaviour',
      text:
        'One suite of tests runs on every store, and anybody can run it on their own. Beyond it, the contract as a whole ' +
        'is tested on each of them.',
    },
    {
      id: 'B5',
      title: 'An instance is killed',
      text:
        'Its sessions go on elsewhere, its streams resume elsewhere, and within 10 s the requests it ran end with an error ' +
        'on their stream. An instance that was only paused can no longer write to them.',
    },
    {
      id: 'B6',
      title: 'The store is out of reach',
      text:
        'Requests that need it are answered 503 with `Retry-After` within 1 s; modern calls go on; open connections are ' +
        'held, and nothing is written to them that is not logged. It recovers by itself.',
    },
    {
      id: 'B7',
      title: 'Bounds across instances',
      text:
        'P11, P13, P17, S1 and S2 hold for all instances together. What a dead one was running counts no more; ' +
        '`maxStreams` is each one’s own.',
    },
    {
      id: 'B8',
      title: 'A stream served elsewhere',
      text:
        'It goes on without gap or duplicate. The instance that had it before closes its connection within 1 s. A ' +
        'broadcast is once on the stream of each session.',
    },
  ],
};

export const operation: Section = {
  letter: 'X',
  title: 'Operation',
  eras: bothEras,
  rules: [
    {
      id: 'X1',
      title: 'Shutting down',
      text:
        '`close()` drains: new sessions are answered 503, open streams are sent `retry`, and running requests get a time ' +
        'to finish. Then the sessions of a `memory` backplane end; those of a shared one stay. After that the process can ' +
        'exit by itself.',
    },
    {
      id: 'X2',
      title: 'Trace',
      text:
        'Every step is told to `trace`; the Node adapter publishes the same on `node:diagnostics_channel`. Nothing is ' +
        'built when nobody listens.',
    },
    {
      id: 'X3',
      title: 'Any JavaScript runtime',
      text:
        'Only the Node adapter and the two stores on disk and network import modules of Node. Ids come from ' +
        '`crypto.getRandomValues`.',
    },
    {
      id: 'X4',
      title: 'No input crashes the process',
      text: 'Whatever is sent is answered with a 4xx status, or loses its own connection and no other.',
    },
  ],
};
