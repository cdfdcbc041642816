import { fetchAdapter } from './fetch-adapter.ts';
import { idleSessions } from './idle-sessions.ts';
import { initialize } from './initialize.ts';
import { jsonCall } from './json-call.ts';
import { manySessions } from './many-sessions.ts';
import type { Measure } from './measure.ts';
import { modernCall } from './modern-call.ts';
import { openStreams } from './open-streams.ts';
import { stalledReader } from './stalled-reader.ts';
import { stores } from './stores.ts';
import { streamCall } from './stream-call.ts';

/** All that can be measured, in the order of the table. */
export const measures: readonly Measure[] = [
  jsonCall,
  streamCall,
  modernCall,
  initialize,
  idleSessions,
  openStreams,
  stalledReader,
  manySessions,
  stores,
  fetchAdapter,
];
