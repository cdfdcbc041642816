import type { SessionEndReason, SessionMissingReason } from '../trace.ts';
import type {
  Admission,
  CreateOutcome,
  EndedSession,
  SessionLimits,
  SessionRecord,
  SessionStore,
} from './backplane.ts';
import { Recency, type RecencyNode } from './recency.ts';

/** A session that nobody used within this time after `initialize` may be dropped at the cap (rule P11). */
const unusedAfterMs = 60_000;
/** How many ended sessions are remembered, and for how long, to say why they are gone (rule P7). */
const maxTombstones = 10_000;
const tombstoneMs = 5 * 60_000;

interface Entry extends RecencyNode<Entry> {
  readonly record: SessionRecord;
  idleTimeoutMs: number | null;
  /** Milliseconds on the store's clock. */
  lastUsed: number;
  holds: number;
  used: boolean;
}

const nothingEnded: readonly EndedSession[] = [];

/**
 * The session table of one process.
 *
 * Sessions stand in order of use, in two lists: those that were never used since `initialize`, and the others. All
 * share one idle time, so what has expired stands at the heads, and finding it costs nothing per session that has not.
 */
export class MemorySessions implements SessionStore {
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();
  readonly #unused = new Recency<Entry>();
  readonly #used = new Recency<Entry>();
  readonly #tombstones = new Map<string, { reason: SessionEndReason; at: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  create(record: SessionRecord, limits: SessionLimits): CreateOutcome {
    const now = this.#now();
    if (this.#entries.has(record.id) || this.#tombstones.has(record.id)) return { kind: 'taken' };
    let ended = nothingEnded;
    if (this.#entries.size >= limits.maxSessions) {
      ended = [...this.sweep(), ...this.#evictUnused(now, limits.maxSessions - 1)];
      if (this.#entries.size >= limits.maxSessions) return { kind: 'full', ended };
    }
    const entry: Entry = {
      record,
      idleTimeoutMs: limits.idleTimeoutMs,
      lastUsed: now,
      holds: 0,
      used: false,
      older: undefined,
      newer: undefined,
    };
    this.#entries.set(record.id, entry);
    this.#unused.add(entry);
    return { kind: 'created', ended };
  }

  admit(id: string): Admission {
    const entry = this.#entries.get(id);
    if (!entry) return { kind: 'missing', reason: this.#whyMissing(id), expiredNow: false };
    const now = this.#now();
    if (isExpired(entry, now)) {
      this.#remove(entry, 'expired', now);
      return { kind: 'missing', reason: 'expired', expiredNow: true };
    }
    this.#touch(entry, now);
    return { kind: 'live', record: entry.record };
  }

  /** The record that handlers change is the stored one. */
  update(): void {}

  hold(id: string): void {
    const entry = this.#entries.get(id);
    if (entry) entry.holds++;
  }

  release(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    entry.holds--;
    this.#touch(entry, this.#now());
  }

  end(id: string, reason: SessionEndReason): boolean {
    const entry = this.#entries.get(id);
    if (!entry) return false;
    this.#remove(entry, reason, this.#now());
    return true;
  }

  sweep(): readonly EndedSession[] {
    const now = this.#now();
    this.#forgetTombstones(now);
    const ended: EndedSession[] = [];
    for (const list of [this.#unused, this.#used]) {
      for (let entry = list.oldest; entry && isIdle(entry, now); entry = list.oldest) {
        if (entry.holds > 0) this.#touch(entry, now);
        else {
          this.#remove(entry, 'expired', now);
          ended.push({ id: entry.record.id, reason: 'expired' });
        }
      }
    }
    return ended;
  }

  #evictUnused(now: number, target: number): EndedSession[] {
    const ended: EndedSession[] = [];
    for (let entry = this.#unused.oldest; entry && this.#entries.size > target; entry = this.#unused.oldest) {
      if (now - entry.lastUsed < unusedAfterMs) break;
      this.#remove(entry, 'evicted', now);
      ended.push({ id: entry.record.id, reason: 'evicted' });
    }
    return ended;
  }

  #touch(entry: Entry, now: number): void {
    (entry.used ? this.#used : this.#unused).remove(entry);
    entry.used = true;
    entry.lastUsed = now;
    this.#used.add(entry);
  }

  #remove(entry: Entry, reason: SessionEndReason, now: number): void {
    this.#entries.delete(entry.record.id);
    (entry.used ? this.#used : this.#unused).remove(entry);
    this.#tombstones.set(entry.record.id, { reason, at: now });
    if (this.#tombstones.size > maxTombstones) this.#forgetTombstones(now);
  }

  #whyMissing(id: string): SessionMissingReason {
    const tombstone = this.#tombstones.get(id);
    return tombstone && this.#now() - tombstone.at < tombstoneMs ? tombstone.reason : 'unknown';
  }

  /** A map keeps the order of insertion, so the oldest stand first. */
  #forgetTombstones(now: number): void {
    for (const [id, { at }] of this.#tombstones) {
      if (this.#tombstones.size <= maxTombstones && now - at < tombstoneMs) return;
      this.#tombstones.delete(id);
    }
  }
}

function isIdle(entry: Entry, now: number): boolean {
  return entry.idleTimeoutMs !== null && now - entry.lastUsed >= entry.idleTimeoutMs;
}

function isExpired(entry: Entry, now: number): boolean {
  return entry.holds === 0 && isIdle(entry, now);
}
