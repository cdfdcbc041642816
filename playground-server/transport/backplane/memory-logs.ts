import type { RequestId } from '../json-rpc.ts';
import type {
  EventLogBounds,
  FoundLog,
  LoggedEvent,
  LogSlice,
  LogStore,
  NewEvent,
  StreamLog,
  StreamPurpose,
  UnfinishedStream,
} from './backplane.ts';
import { eventWeight, keepDeliveredMs, maxDropped, streamWeight } from './log-rules.ts';
import { Recency, type RecencyNode } from './recency.ts';

/** The event logs of one process. Text is weighed in UTF-16 units, which are bytes for what is ASCII. */
export class MemoryLogs implements LogStore {
  readonly #now: () => number;
  readonly #sessions = new Map<string, SessionLogs>();

  constructor(now: () => number) {
    this.#now = now;
  }

  open(session: string, stream: string, bounds: EventLogBounds, { request }: StreamPurpose = {}): MemoryStreamLog {
    let logs = this.#sessions.get(session);
    if (!logs) {
      logs = new SessionLogs();
      this.#sessions.set(session, logs);
    }
    let log = logs.get(stream);
    if (!log) {
      log = new MemoryStreamLog(stream, request, logs, bounds, this.#now);
      logs.add(log);
    }
    return log;
  }

  find(session: string, stream: string): FoundLog {
    const logs = this.#sessions.get(session);
    const log = logs?.get(stream);
    if (log) return { kind: 'kept', log };
    const dropped = logs?.dropped?.get(stream);
    return dropped ? { kind: 'dropped', ...dropped } : { kind: 'missing' };
  }

  /** There is one instance, and what it left unfinished ended with it. */
  owing(): readonly string[] {
    return [];
  }

  unfinished(): readonly UnfinishedStream[] {
    return [];
  }

  finish(): void {}

  drop(session: string): void {
    this.#sessions.delete(session);
  }

  sweep(): void {
    const now = this.#now();
    for (const { finished } of this.#sessions.values()) {
      for (let log = finished?.oldest; log; ) {
        const { newer } = log;
        // What was not delivered waits for its client, and what was stands in the order in which it was.
        if (log.isDelivered && now - log.deliveredAt < keepDeliveredMs) break;
        if (log.isDelivered) log.forget();
        log = newer;
      }
    }
  }
}

/** All logs of one session. Most have one at a time, for which a map would take five times what a field does. */
class SessionLogs {
  weight = 0;
  #first: MemoryStreamLog | undefined;
  #others: Map<string, MemoryStreamLog> | undefined;
  /** Those that have ended, in that order; one whose end is delivered goes behind all others. */
  finished: Recency<MemoryStreamLog> | undefined;
  /** Streams whose answer nobody will read any more. */
  dropped: Map<string, { request: RequestId; lastNumber: number }> | undefined;

  get(name: string): MemoryStreamLog | undefined {
    return this.#first?.name === name ? this.#first : this.#others?.get(name);
  }

  add(log: MemoryStreamLog): void {
    if (this.#first) {
      this.#others ??= new Map();
      this.#others.set(log.name, log);
    } else this.#first = log;
  }

  remove(log: MemoryStreamLog): void {
    if (this.#first === log) this.#first = undefined;
    else this.#others?.delete(log.name);
  }
}

interface StoredEvent extends LoggedEvent {
  readonly at: number;
}

class MemoryStreamLog implements StreamLog, RecencyNode<MemoryStreamLog> {
  older: MemoryStreamLog | undefined;
  newer: MemoryStreamLog | undefined;
  deliveredAt = 0;
  readonly name: string;
  readonly #request: RequestId | undefined;
  readonly #session: SessionLogs;
  readonly #bounds: EventLogBounds;
  readonly #now: () => number;
  #events: StoredEvent[] = [];
  #lastNumber = 0;
  #weight = streamWeight;
  #ended = false;
  /** It has left its session. */
  #isForgotten = false;
  #lastBroadcast: string | undefined;
  /** Number of the newest event that any connection was given. */
  #written = 0;
  #takeovers = 0;
  #spareAfter: number | null = null;
  #spareBytes = 0;

  constructor(
    name: string,
    request: RequestId | undefined,
    session: SessionLogs,
    bounds: EventLogBounds,
    now: () => number,
  ) {
    this.name = name;
    this.#request = request;
    this.#session = session;
    this.#bounds = bounds;
    this.#now = now;
    session.weight += streamWeight;
  }

  get isDelivered(): boolean {
    return this.deliveredAt > 0;
  }

  append({ json, last, broadcast }: NewEvent): number {
    if (this.#ended || (broadcast !== undefined && broadcast === this.#lastBroadcast)) return 0;
    // Instances in one process hear of a broadcast before the next one is made.
    if (broadcast !== undefined) this.#lastBroadcast = broadcast;
    this.#events.push({ number: ++this.#lastNumber, json, at: this.#now() });
    this.#weigh(json.length + eventWeight);
    if (last) this.end();
    this.#trim();
    return this.#lastNumber;
  }

  readAfter(cursor: number, maxEvents: number): LogSlice {
    this.#trim();
    const first = this.#events[0]?.number ?? this.#lastNumber + 1;
    const from = Math.max(0, cursor + 1 - first);
    const events = this.#events.slice(from, from + maxEvents);
    const readTo = events.at(-1)?.number ?? cursor;
    return {
      events,
      ended: this.#ended && readTo >= this.#lastNumber,
      trimmed: first > cursor + 1,
      lastNumber: this.#lastNumber,
    };
  }

  unread(): number {
    this.#trim();
    return Math.max(this.#written, (this.#events[0]?.number ?? this.#lastNumber + 1) - 1);
  }

  takeOver(): number {
    return ++this.#takeovers;
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#session.finished ??= new Recency();
    this.#session.finished.add(this);
  }

  delivered(): void {
    if (!this.#ended || this.#isForgotten) return;
    this.deliveredAt = this.#now();
    this.#session.finished?.remove(this);
    this.#session.finished?.add(this);
  }

  spareAfter(cursor: number | null, bytes: number): void {
    this.#spareAfter = cursor;
    this.#spareBytes = bytes;
    if (cursor !== null && cursor > this.#written) this.#written = cursor;
  }

  /** Makes room. What was not delivered leaves a note of whose answer is lost. */
  drop(): void {
    this.forget();
    if (this.#request === undefined || this.isDelivered) return;
    this.#session.dropped ??= new Map();
    const { dropped } = this.#session;
    dropped.set(this.name, { request: this.#request, lastNumber: this.#lastNumber });
    for (const oldest of dropped.keys()) {
      if (dropped.size <= maxDropped) return;
      dropped.delete(oldest);
    }
  }

  /** Leaves the session, with all its events. */
  forget(): void {
    this.#isForgotten = true;
    if (this.#ended) this.#session.finished?.remove(this);
    this.#session.remove(this);
    this.#weigh(-this.#weight);
    this.#events = [];
  }

  #trim(): void {
    const { maxEvents, maxBytes, maxAgeMs } = this.#bounds;
    const oldest = this.#now() - maxAgeMs;
    let drop = 0;
    let weight = this.#weight;
    // The newest event stays whatever its size: of a request's stream it is the response (rule R4).
    for (; drop < this.#events.length - 1; drop++) {
      const event = this.#events[drop] as StoredEvent;
      const tooMuch = this.#events.length - drop > maxEvents || weight > maxBytes;
      if (!tooMuch && event.at > oldest) break;
      const stillRead = this.#spareAfter !== null && event.number > this.#spareAfter;
      if (stillRead && weight <= this.#spareBytes) break;
      weight -= event.json.length + eventWeight;
    }
    if (drop > 0) {
      this.#events.splice(0, drop);
      this.#weigh(weight - this.#weight);
    }
    if (this.#session.weight > this.#bounds.maxSessionBytes) this.#makeRoom();
  }

  /** Over the session's bound the oldest finished streams go first, then this stream's oldest events. */
  #makeRoom(): void {
    const { maxSessionBytes } = this.#bounds;
    for (let log = this.#session.finished?.oldest; log && this.#session.weight > maxSessionBytes; ) {
      const { newer } = log;
      if (log !== this) log.drop();
      log = newer;
    }
    while (this.#session.weight > maxSessionBytes && this.#events.length > 1) {
      const event = this.#events.shift() as StoredEvent;
      this.#weigh(-(event.json.length + eventWeight));
    }
  }

  #weigh(change: number): void {
    this.#weight += change;
    this.#session.weight += change;
  }
}
