import type { WireEvent } from '../../playground-server/lab/wire.ts';
import type { HeaderList } from '../../playground-server/transport/trace.ts';

/** What happened, without what differs from run to run: ids, pids, times, chunks, and who of several was first. */
export interface NormalisedLog {
  /** What each process did, and what was done to it, in order. `whoever`: what any of them may do for all. */
  lifelines: Record<string, unknown[]>;
  /** What passed the router in each exchange, in order. */
  exchanges: Record<string, unknown[]>;
}

/** Headers that name a moment, a machine or a connection. */
const passing =
  /^(date|host|content-length|connection|keep-alive|transfer-encoding|user-agent|lab-exchange|accept-encoding|accept-language|sec-fetch-mode|cache-control|pragma)$/i;

/** What a question to the client begins with: the instance that asks, named anew each time that it starts. */
const bootId = /\b[0-9a-f]{16}\.(?=\d)/g;

/** What a server sealed for the next round: another text each time. */
const requestState = /\bv1\.[\w-]{8}\.[\w-]+/g;

export function normalised(events: readonly WireEvent[]): NormalisedLog {
  const rename = renaming(events);
  const log: NormalisedLog = { lifelines: {}, exchanges: {} };
  const listening = listeningIn(events);
  for (const event of events) {
    const { actor, exchange, session, stream, body } = event;
    if (followsTheWeather(body)) continue;
    const told = rename(withoutPassing({ exchange, session, stream, ...body }));
    const own = rename(lifelineOf(event, listening)) as string;
    const lifeline = body.type === 'store-called' && forAll.has(body.operation) ? 'whoever' : own;
    const [groups, name] = actor === 'router' ? [log.exchanges, rename(exchange) as string] : [log.lifelines, lifeline];
    groups[name] ??= [];
    groups[name].push(told);
  }
  return log;
}

/** Looking after the streams of a process that died: the first one who notices does it. */
const forAll: ReadonlySet<string> = new Set(['claims.acquire', 'logs.finish']);

/** Chunks, how many events one look into a log brings, and when a message arrives; and a comment follows the clock. */
function followsTheWeather(body: WireEvent['body']): boolean {
  if (body.type === 'event-written') return body.kind === 'comment';
  if (body.type === 'store-called') return body.operation === 'logs.readAfter' || body.message === 'appended';
  return body.type === 'bytes-forwarded' || body.type === 'message-delivered';
}

/** Whose doings have an order of their own. */
function lifelineOf({ actor, exchange, body }: WireEvent, listening: ReadonlySet<string | undefined>): string {
  // Processes start side by side: what is told of one has its place in the life of that one alone.
  if (actor === 'supervisor' && 'process' in body) return `supervisor on ${body.process}`;
  // What comes by a bus is written when it comes, whatever else the process does then.
  return listening.has(exchange) ? `${actor} on ${exchange}` : actor;
}

/** The exchanges that are streams of `subscriptions/listen`. */
function listeningIn(events: readonly WireEvent[]): Set<string | undefined> {
  const asked = events.filter(({ body }) => {
    return body.type === 'request-body' && body.body.includes('"method":"subscriptions/listen"');
  });
  return new Set(asked.map(({ exchange }) => exchange));
}

function withoutPassing(event: object): object {
  const passingFields = new Set(['bodyBytes', 'durationMs']);
  const entries = Object.entries(event).filter(([name, value]) => value !== undefined && !passingFields.has(name));
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
      return value
        .replaceAll(requestState, 'requestState')
        .replaceAll(bootId, 'instance.')
        .replaceAll(known, (found) => names.get(found) ?? found);
    if (typeof value === 'number') return names.get(String(value)) ?? value;
    if (Array.isArray(value)) return value.map(rename);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, rename(one)]));
  };
  return rename;
}
