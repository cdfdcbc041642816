import {
  type EventLogBounds,
  type FoundLog,
  type LoggedEvent,
  type LogSlice,
  type LogStore,
  type NewEvent,
  StoreUnreachable,
  type StreamLog,
  type StreamPurpose,
  type UnfinishedStream,
} from './backplane.ts';
import { foundLeft, purposeText, requestsIn } from './log-rules.ts';
import type { RedisConnection } from './redis-connection.ts';
import * as scripts from './redis-log-scripts.ts';
import { notAppended } from './redis-log-scripts.ts';
import { RedisRunning } from './redis-running.ts';
import { UnderWay } from './under-way.ts';

/** Event logs in Redis. What one process asks of a stream reaches Redis in that order. */
export class RedisLogs implements LogStore {
  readonly #store: StreamStore;
  readonly #running: RedisRunning;

  /** @param writer tells what this process appends from what others do */
  constructor(redis: RedisConnection, prefix: string, now: () => number, writer: string) {
    this.#running = new RedisRunning(redis, prefix, now);
    this.#store = new StreamStore(redis, prefix, now, writer);
  }

  open(session: string, stream: string, bounds: EventLogBounds, purpose: StreamPurpose = {}): StreamLog {
    return new RedisStreamLog(this.#store, this.#running, session, stream, { bounds, purpose });
  }

  async find(session: string, stream: string): Promise<FoundLog> {
    const [state, request, lastNumber] = await this.#find(session, stream);
    if (state === 'missing') return { kind: 'missing' };
    if (state === 'kept') {
      return { kind: 'kept', log: new RedisStreamLog(this.#store, this.#running, session, stream) };
    }
    return foundLeft(state === 'dropped' ? state : 'finished', request || null, lastNumber);
  }

  owing(instance: string): Promise<readonly string[]> {
    return this.#running.others(instance);
  }

  /** What was given up, or ended by another than its instance, is forgotten on the way, and so is who runs nothing. */
  async unfinished(instance: string): Promise<readonly UnfinishedStream[]> {
    const all = await this.#running.of(instance);
    if (all.length === 0) await this.#running.forget(instance);
    const isWaiting = await Promise.all(
      all.map(async (running) => {
        const [state, , , ended] = await this.#find(running.session, running.stream);
        const waits = state === 'kept' && ended === 0;
        if (!waits) await this.#running.remove(running);
        return waits;
      }),
    );
    return all.filter((_, n) => isWaiting[n]);
  }

  async finish(unfinished: UnfinishedStream, messages: readonly string[]): Promise<void> {
    const { session, stream } = unfinished;
    const log = new RedisStreamLog(this.#store, this.#running, session, stream);
    const last = messages.length - 1;
    await Promise.all(messages.map((json, n) => log.append({ json, last: n === last })));
    if (last < 0) await log.end();
    await this.#running.remove(unfinished);
  }

  async drop(session: string): Promise<void> {
    this.#store.delivered.delete(session);
    await this.#store.run(scripts.drop, session, '');
  }

  /** What this process delivered, and what it gave up. The rest goes by itself. */
  async sweep(): Promise<void> {
    for (const session of this.#store.delivered) {
      if ((await this.#store.run(scripts.sweep, session, '')) === 0) this.#store.delivered.delete(session);
    }
    for (const instance of this.#running.ours) await this.unfinished(instance);
  }

  #find(session: string, stream: string): Promise<Found> {
    return this.#store.run(scripts.find, session, stream) as Promise<Found>;
  }
}

/** State, the request it is for, its last number, whether it has ended. */
type Found = [state: string, request: string, lastNumber: number, ended: 0 | 1];

/** Scripts on one stream, and the numbers that tell this process's appends apart. */
class StreamStore {
  readonly writer: string;
  /** Sessions that have streams whose end this process delivered. */
  readonly delivered = new Set<string>();
  readonly #redis: RedisConnection;
  readonly #prefix: string;
  readonly #now: () => number;
  readonly #tries = new WeakMap<NewEvent, number>();
  #appends = 0;

  constructor(redis: RedisConnection, prefix: string, now: () => number, writer: string) {
    this.#redis = redis;
    this.#prefix = prefix;
    this.#now = now;
    this.writer = writer;
  }

  run(script: string, session: string, stream: string, ...values: (string | number)[]): Promise<unknown> {
    const tag = `${this.#prefix}{${session}}:`;
    const keys = [...scripts.sessionKeys, `stream:${stream}`, `log:${stream}`].map((name) => tag + name);
    return this.#redis.evaluate(script, keys, this.#now(), tag, stream, ...values);
  }

  /** The same for the same event, however often it is tried. */
  numberOf(event: NewEvent): number {
    let number = this.#tries.get(event);
    if (number === undefined) {
      number = ++this.#appends;
      this.#tries.set(event, number);
    }
    return number;
  }
}

/** One stream, as this process sees it. */
class RedisStreamLog implements StreamLog {
  readonly #store: StreamStore;
  readonly #running: RedisRunning;
  readonly #session: string;
  readonly #stream: string;
  /** Absent: it was opened elsewhere. */
  readonly #opened: { bounds: EventLogBounds; purpose: StreamPurpose } | undefined;
  #reader: { cursor: number | null; bytes: number } = { cursor: null, bytes: 0 };
  #isDelivered = false;
  #isNoted = true;
  #isOpen = false;
  /** Whether this made it; settles also where it was refused. */
  #opening: Promise<boolean> | undefined;
  readonly #underWay = new UnderWay();

  constructor(
    store: StreamStore,
    running: RedisRunning,
    session: string,
    stream: string,
    opened?: { bounds: EventLogBounds; purpose: StreamPurpose },
  ) {
    this.#store = store;
    this.#running = running;
    this.#session = session;
    this.#stream = stream;
    this.#opened = opened;
    // Together with what is asked in the same turn, if that is to take it over.
    queueMicrotask(() => this.#open());
  }

  /** Reaches Redis before whatever is asked next; should it not, it is sent again with that. */
  #open(takeovers = 0): void {
    if (!this.#opened || this.#isOpen) return;
    const { bounds, purpose } = this.#opened;
    this.#isOpen = true;
    const texts = [purposeText(purpose) ?? '', purpose.instance ?? ''];
    const sent = [this.#run(scripts.open, bounds.maxAgeMs, ...texts, takeovers)];
    if (this.#unfinished) sent.push(this.#running.add(this.#unfinished));
    this.#opening = Promise.all(sent).then(
      ([isNew]) => isNew === 1,
      () => {
        this.#isOpen = false;
        return false;
      },
    );
  }

  /** What came behind a refused opening found no stream, and may come again. */
  async #mayComeAgain(): Promise<void> {
    await this.#opening;
    if (this.#opened && !this.#isOpen) throw new StoreUnreachable('Redis did not take the opening of a stream.');
  }

  async append(event: NewEvent): Promise<number> {
    this.#open();
    const { json, last, broadcast = '' } = event;
    const { writer } = this.#store;
    const { cursor, bytes } = this.#reader;
    const reader = this.#isNoted ? ['', ''] : [bytes, cursor ?? ''];
    const nth = this.#store.numberOf(event);
    const text = [json, last ? 1 : 0, broadcast, writer, nth, this.#underWay.before(nth)] as const;
    this.#underWay.add(nth);
    // Where the end was delivered, that is still to be said.
    this.#isNoted ||= !this.#isDelivered;
    let number: number;
    try {
      number = (await this.#run(scripts.append, ...text, ...this.#bounds, ...reader)) as number;
    } finally {
      this.#underWay.remove(nth);
    }
    if (number === notAppended.tooEarly) throw refusedBefore();
    if (number === notAppended.noStream) {
      await this.#mayComeAgain();
      return notAppended.refused;
    }
    if (last) this.#finished();
    return number;
  }

  async readAfter(cursor: number, maxEvents: number): Promise<LogSlice> {
    return (await this.#read(cursor, maxEvents)).slice;
  }

  async unread(): Promise<number> {
    const { cursor, slice } = await this.#read('unread', 1);
    const [next] = slice.events;
    return next ? next.number - 1 : cursor;
  }

  async takeOver(): Promise<number> {
    if (this.#opened && !this.#isOpen) {
      this.#open(1);
      if (await this.#opening) return 1;
    }
    this.#open();
    const takeover = (await this.#run(scripts.takeOver)) as number;
    if (takeover === 0) await this.#mayComeAgain();
    return takeover;
  }

  async end(): Promise<void> {
    const ended = await this.#run(scripts.end, this.#store.writer, this.#underWay.before());
    if (ended === notAppended.tooEarly) throw refusedBefore();
    this.#finished();
  }

  delivered(): void {
    this.#isDelivered = true;
    this.#note();
  }

  spareAfter(cursor: number | null, bytes: number): void {
    this.#reader = { cursor, bytes };
    this.#note();
  }

  get #unfinished(): UnfinishedStream | undefined {
    const purpose = this.#opened?.purpose;
    const text = purpose && purposeText(purpose);
    if (!text || purpose.instance === undefined) return undefined;
    return { session: this.#session, stream: this.#stream, instance: purpose.instance, requests: requestsIn(text) };
  }

  get #bounds(): (string | number)[] {
    if (!this.#opened) return ['', '', ''];
    const { maxEvents, maxBytes, maxSessionBytes } = this.#opened.bounds;
    return [maxEvents, maxBytes, maxSessionBytes];
  }

  /** Should it not arrive, whoever looks after this instance finds that the stream has ended. */
  #finished(): void {
    if (this.#unfinished) this.#running.remove(this.#unfinished).catch(() => {});
  }

  async #read(from: number | 'unread', maxEvents: number): Promise<{ cursor: number; slice: LogSlice }> {
    this.#open();
    const found = (await this.#run(scripts.read, from, maxEvents)) as [number, number, number, ...(number | string)[]];
    const [cursor, hasEnded, lastNumber, ...flat] = found;
    const events: LoggedEvent[] = [];
    for (let i = 0; i < flat.length; i += 2) events.push({ number: flat[i] as number, json: flat[i + 1] as string });
    const readTo = events.at(-1)?.number ?? cursor;
    const trimmed = (events[0]?.number ?? cursor + 1) > cursor + 1;
    return { cursor, slice: { events, ended: hasEnded === 1 && readTo >= lastNumber, trimmed, lastNumber } };
  }

  /** Once for all that one turn has to say. It only advises: that it did not arrive is no reason to fail. */
  #note(): void {
    if (!this.#isNoted) return;
    this.#isNoted = false;
    queueMicrotask(() => {
      if (!this.#isNoted) this.#tell();
    });
  }

  #tell(): void {
    this.#isNoted = true;
    if (this.#isDelivered) this.#store.delivered.add(this.#session);
    const { cursor, bytes } = this.#reader;
    this.#run(scripts.note, cursor ?? '', bytes, this.#isDelivered ? 1 : 0, ...this.#bounds).catch(() => {});
  }

  #run(script: string, ...values: (string | number)[]): Promise<unknown> {
    return this.#store.run(script, this.#session, this.#stream, ...values);
  }
}

function refusedBefore(): StoreUnreachable {
  return new StoreUnreachable('Redis did not take an event before this one.');
}
