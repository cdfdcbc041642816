import type { JsonObject } from '../json-rpc.ts';
import type { MessageBus } from './backplane.ts';
import { advise, type Sql } from './sql.ts';

/** Should the file's changes go unnoticed, they are looked for this often. */
const pollMs = 250;
/** A message that nobody took in this time is for nobody any more. */
const keepMs = 60_000;
/** Old messages are removed with every so many new ones. */
const pruneEvery = 100;

interface Subscriber {
  readonly listener: (message: JsonObject) => void;
  readonly interrupted: () => void;
}

/**
 * Messages as rows that every process reads once, in their order. A process is woken by the change of the file, and
 * listeners of its own hear a message before `publish` returns.
 */
export class SqliteMessages implements MessageBus {
  readonly #sql: Sql;
  readonly #now: () => number;
  /** Tells this connection's own messages from those of others. */
  readonly #origin: string;
  readonly #watch: (changed: () => void) => () => void;
  readonly #topics = new Map<string, Set<Subscriber>>();
  #lastId = 0;
  #published = 0;
  #scheduled = false;
  #stop: (() => void) | undefined;

  constructor(sql: Sql, now: () => number, origin: string, watch: (changed: () => void) => () => void) {
    this.#sql = sql;
    this.#now = now;
    this.#origin = origin;
    this.#watch = watch;
  }

  publish(topic: string, message: JsonObject): void {
    const now = this.#now();
    const insert = 'INSERT INTO messages (origin, topic, body, at) VALUES (?, ?, ?, ?)';
    this.#sql.run(insert, this.#origin, topic, JSON.stringify(message), now);
    if (this.#published++ % pruneEvery === 0) this.#sql.run('DELETE FROM messages WHERE at < ?', now - keepMs);
    this.#tell(topic, message);
  }

  subscribe(topic: string, listener: (message: JsonObject) => void, interrupted: () => void): () => void {
    const subscriber = { listener, interrupted };
    const subscribers = this.#topics.get(topic) ?? new Set();
    this.#topics.set(topic, subscribers.add(subscriber));
    this.#start();
    return () => {
      subscribers.delete(subscriber);
      if (subscribers.size === 0 && this.#topics.get(topic) === subscribers) this.#topics.delete(topic);
      if (this.#topics.size === 0) this.close();
    };
  }

  close(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  #start(): void {
    if (this.#stop) return;
    const newest = this.#sql.get<{ seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'messages'");
    this.#lastId = newest?.seq ?? 0;
    const unwatch = this.#watch(() => this.#schedule());
    const timer = setInterval(() => advise(() => this.#read()), pollMs);
    // Nothing that is waited for here keeps a process from ending.
    (timer as { unref?: () => void }).unref?.();
    this.#stop = () => {
      clearInterval(timer);
      unwatch();
    };
  }

  /** A file changes several times for one commit, and with each of this process's own. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (this.#stop) advise(() => this.#read());
    });
  }

  #read(): void {
    const select = 'SELECT id, origin, topic, body FROM messages WHERE id > ? ORDER BY id';
    const rows = this.#sql.all<{ id: number; origin: string; topic: string; body: string }>(select, this.#lastId);
    const first = rows[0];
    if (!first) return;
    // Ids have no gaps but for what was removed before this process read it.
    const missed = first.id > this.#lastId + 1;
    this.#lastId = rows.at(-1)?.id ?? this.#lastId;
    if (missed) this.#interrupted();
    for (const { origin, topic, body } of rows) {
      if (origin !== this.#origin && this.#topics.has(topic)) this.#tell(topic, JSON.parse(body) as JsonObject);
    }
  }

  #tell(topic: string, message: JsonObject): void {
    for (const { listener } of [...(this.#topics.get(topic) ?? [])]) listener(message);
  }

  #interrupted(): void {
    for (const subscribers of this.#topics.values()) for (const { interrupted } of subscribers) interrupted();
  }
}
