import type { SessionEndReason, SessionMissingReason } from '../trace.ts';
import { applyChange } from './apply-change.ts';
import type {
  Admission,
  Asker,
  BeginOutcome,
  CreateOutcome,
  EndedSession,
  Run,
  RunLimits,
  SessionChange,
  SessionLimits,
  SessionRecord,
  SessionStore,
} from './backplane.ts';
import { MemoryAnswers } from './memory-answers.ts';
import { MemoryRuns } from './memory-runs.ts';
import { Recency, type RecencyNode } from './recency.ts';
import { isOwner, maxTombstones, tombstoneMs, unusedAfterMs } from './session-rules.ts';

interface Entry extends RecencyNode<Entry> {
  readonly record: SessionRecord;
  idleTimeoutMs: number | null;
  /** Milliseconds on the store's clock. */
  lastUsed: number;
  holds: number;
  used: boolean;
}

/** What is remembered of an ended session. */
interface Tombstone {
  readonly reason: SessionEndReason;
  readonly principal: string | null;
  readonly at: number;
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
  readonly #tombstones = new Map<string, Tombstone>();
  readonly #runs = new MemoryRuns();
  readonly #answers: MemoryAnswers;
  /** How many sessions each principal has. */
  readonly #principals = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
    this.#answers = new MemoryAnswers(now);
  }

  create(record: SessionRecord, limits: SessionLimits): CreateOutcome {
    const now = this.#now();
    if (this.#entries.has(record.id) || this.#tombstones.has(record.id)) return { kind: 'taken' };
    let ended = nothingEnded;
    if (this.#isFull(record, limits) !== undefined) {
      ended = [...this.sweep(), ...this.#evictUnused(now, record, limits)];
      const full = this.#isFull(record, limits);
      if (full !== undefined) return { kind: 'full', byPrincipal: full === 'principal', ended };
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
    this.#countPrincipal(record.principal, 1);
    return { kind: 'created', ended };
  }

  admit(id: string, asker: Asker): Admission {
    const entry = this.#entries.get(id);
    if (!entry) return { kind: 'missing', reason: this.#whyMissing(id, asker.principal), expiredNow: false };
    const now = this.#now();
    if (isExpired(entry, now)) {
      this.#remove(entry, 'expired', now);
      return { kind: 'missing', reason: this.#whyMissing(id, asker.principal), expiredNow: true };
    }
    if (!isOwner(entry.record, asker)) return { kind: 'forbidden' };
    this.#touch(entry, now);
    return { kind: 'live', record: entry.record };
  }

  begin(id: string, runs: readonly Run[], limits: RunLimits): BeginOutcome {
    return this.#entries.has(id) ? this.#runs.begin(id, runs, limits) : { kind: 'begun' };
  }

  finish(id: string, instance: string, numbers?: readonly number[]): void {
    this.#runs.finish(id, instance, numbers);
  }

  keepAnswer(id: string, question: string, json: string): void {
    if (this.#entries.has(id)) this.#answers.keep(id, question, json);
  }

  readAnswer(id: string, question: string): string | null {
    return this.#answers.read(id, question);
  }

  dropAnswer(id: string, question: string): void {
    this.#answers.drop(id, question);
  }

  update(id: string, change: SessionChange): void {
    const entry = this.#entries.get(id);
    if (entry) applyChange(entry.record, change);
  }

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

  /**
   * Which of the two bounds a new session like this would pass. The principal's first: whoever is at it makes room
   * among its own, which makes room on the server as well.
   */
  #isFull({ principal }: SessionRecord, limits: SessionLimits): 'server' | 'principal' | undefined {
    const { maxSessions, maxSessionsPerPrincipal: most } = limits;
    const isPrincipalFull = most !== null && principal !== null && (this.#principals.get(principal) ?? 0) >= most;
    if (isPrincipalFull) return 'principal';
    return this.#entries.size >= maxSessions ? 'server' : undefined;
  }

  /** The oldest go first; where only the principal has too many, the oldest of its own. */
  #evictUnused(now: number, record: SessionRecord, limits: SessionLimits): EndedSession[] {
    const ended: EndedSession[] = [];
    let entry = this.#unused.oldest;
    for (let full = this.#isFull(record, limits); entry && full; full = this.#isFull(record, limits)) {
      const { newer } = entry;
      if (now - entry.lastUsed < unusedAfterMs) break;
      if (full === 'server' || entry.record.principal === record.principal) {
        this.#remove(entry, 'evicted', now);
        ended.push({ id: entry.record.id, reason: 'evicted' });
      }
      entry = newer;
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
    const { id, principal } = entry.record;
    this.#runs.forget(id);
    this.#answers.forget(id);
    this.#countPrincipal(principal, -1);
    this.#tombstones.set(id, { reason, principal, at: now });
    if (this.#tombstones.size > maxTombstones) this.#forgetTombstones(now);
  }

  #countPrincipal(principal: string | null, change: number): void {
    if (principal === null) return;
    const count = (this.#principals.get(principal) ?? 0) + change;
    if (count > 0) this.#principals.set(principal, count);
    else this.#principals.delete(principal);
  }

  /** To anyone but its owner, a session that is gone never was (rule P7). */
  #whyMissing(id: string, principal: string | null): SessionMissingReason {
    const tombstone = this.#tombstones.get(id);
    if (!tombstone || tombstone.principal !== principal) return 'unknown';
    return this.#now() - tombstone.at < tombstoneMs ? tombstone.reason : 'unknown';
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
