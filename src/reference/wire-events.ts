/** Every event of the wire log, by who reports it. tests/site/reference-wire-events.test.ts holds it to the types. */

import type { WireField, WireType } from './wire-event.ts';
import { routerEvents } from './wire-events-router.ts';
import { storeEvents } from './wire-events-store.ts';
import { supervisorEvents } from './wire-events-supervisor.ts';
import { transportEvents } from './wire-events-transport.ts';

const sources: Readonly<
  Record<string, Readonly<Record<string, { about: string; fields: Readonly<Record<string, WireField>> }>>>
> = {
  router: routerEvents,
  supervisor: supervisorEvents,
  transport: transportEvents,
  store: storeEvents,
};

export interface ListedEvent {
  type: WireType;
  about: string;
  fields: readonly (WireField & { name: string })[];
}

/** @throws when there is no such source */
export function wireEventsOf(source: string): ListedEvent[] {
  const table = sources[source];
  if (!table) throw new Error(`Nobody called ${source} reports wire events`);
  return Object.entries(table).map(([type, { about, fields }]) => ({
    type: type as WireType,
    about,
    fields: Object.entries(fields).map(([name, field]) => ({ name, ...field })),
  }));
}

/** What is beside the body of an event. */
export const wireEnvelope: readonly (WireField & { name: string })[] = [
  { name: 'id', is: 'number', about: '1, 2, 3 … within the lab, in order of arrival.' },
  { name: 'atMs', is: 'number', about: "Milliseconds since the lab began, by the server's clock." },
  { name: 'actor', is: '"router", "supervisor" or "p1" … "p4"', about: 'Who reports it.' },
  { name: 'exchange', is: 'string', about: 'One HTTP request with its answer: `x1`, `x2` …', optional: true },
  {
    name: 'connection',
    is: 'string',
    about: "The client's connection: `c1`, `c2` …, or the name it gave in `Lab-Connection`.",
    optional: true,
  },
  { name: 'session', is: 'string', about: 'The session id, masked: `3f2a…9c`.', optional: true },
  {
    name: 'stream',
    is: 'string',
    about: '`0` is the standalone stream, `1`, `2` … those of requests.',
    optional: true,
  },
  {
    name: 'cutFromBytes',
    is: 'number',
    about: 'The text in the body was cut at 16 kB; its full size.',
    optional: true,
  },
  { name: 'body', is: 'object', about: 'What happened: `type` and the fields below.' },
];
