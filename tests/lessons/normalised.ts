import type { WireEvent } from '../../playground-server/lab/wire.ts';
import type { HeaderList } from '../../playground-server/transport/trace.ts';

/** What happened, without what differs from run to run: ids, pids, times, chunks, and who of several was first. */
export interface NormalisedLog {
  /** What each process did, and what was done to it, in order. */
  lifelines: Record<string, unknown[]>;
  /** What passed the router in each exchange, in order. */
  exchanges: Record<string, unknown[]>;
}

/** Headers that name a moment, a machine or a connection. */
const passing =
  /^(date|host|content-length|connection|keep-alive|transfer-encoding|user-agent|lab-exchange|accept-encoding|accept-language|sec-fetch-mode|cache-control|pragma)$/i;

/** What a question to the client begins with: the instance that asks, named anew each time that it starts. */
const bootId = /\b[0-9a-f]{16}\.(?=\d)/g;

export function normalised(events: readonly WireEvent[]): NormalisedLog {
  const rename = renaming(events);
  const log: NormalisedLog = { lifelines: {}, exchanges: {} };
  for (const event of events) {
    const { actor, exchange, session, stream, body } = event;
    // Chunks follow the weather, and a comment only the clock.
    if (body.type === 'bytes-forwarded' || (body.type === 'event-written' && body.kind === 'comment')) continue;
    const told = rename(withoutPassing({ exchange, session, stream, ...body }));
    // Processes start side by side: what is told of one has its place in the life of that one alone.
    const lifeline = 'process' in body && actor === 'supervisor' ? `supervisor on ${body.process}` : actor;
    const [groups, name] = actor === 'router' ? [log.exchanges, rename(exchange) as string] : [log.lifelines, lifeline];
    groups[name] ??= [];
    groups[name].push(told);
  }
  return log;
}

function withoutPassing(event: object): object {
  const entries = Object.entries(event).filter(([name, value]) => value !== undefined && name !== 'bodyBytes');
  return Object.fromEntries(
    entries.map(([name, value]) => [name, name === 'headers' ? kept(value as HeaderList) : value]),
  );
}

/** As a set: the order of headers means nothing. */
function kept(headers: HeaderList): HeaderList {
  return headers.filter(([name]) => !passing.test(name)).toSorted(([a], [b]) => a.localeCompare(b));
}

/** Gives sessions, exchanges and pids the names of their order, wherever they stand, texts included. */
function renaming(events: readonly WireEvent[]): (value: unknown) => unknown {
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  const name = (kind: string, value: string): void => {
    if (names.has(value)) return;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    names.set(value, `${kind} ${counts.get(kind)}`);
  };
  for (const { session, exchange, stream, body } of events) {
    if (session !== undefined) name('session', session);
    // An instance that did not open the session numbers its streams from far up, at random.
    if (Number(stream) >= 10_000) name('stream', stream as string);
    if (exchange !== undefined) name('exchange', exchange);
    if (body.type === 'process-started') name(`pid of ${body.process}`, String(body.pid));
  }
  const escaped = [...names.keys()]
    .toSorted((a, b) => b.length - a.length)
    .map((value) => value.replaceAll(/[^\w]/g, '\\$&'));
  const known = new RegExp(`(?<![\\w.])(?:${escaped.join('|')})(?![\\w])`, 'g');
  const rename = (value: unknown): unknown => {
    if (typeof value === 'string')
      return value.replaceAll(bootId, 'instance.').replaceAll(known, (found) => names.get(found) ?? found);
    if (typeof value === 'number') return names.get(String(value)) ?? value;
    if (Array.isArray(value)) return value.map(rename);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, rename(one)]));
  };
  return rename;
}
