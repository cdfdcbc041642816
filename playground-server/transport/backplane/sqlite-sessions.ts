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
import { Holds } from './holds.ts';
import { isOwner, maxTombstones, tombstoneMs, unusedAfterMs } from './session-rules.ts';
import { advise, type Sql } from './sql.ts';
import { SqliteAnswers } from './sqlite-answers.ts';
import { SqliteRuns } from './sqlite-runs.ts';

interface SessionRow {
  record: string;
  idle_ms: number | null;
  last_used: number;
  used: 0 | 1;
}

const readRow = 'SELECT record, idle_ms, last_used, used FROM sessions WHERE id = ?';

/** The session table of one machine. */
export class SqliteSessions implements SessionStore {
  readonly #sql: Sql;
  readonly #now: () => number;
  readonly #holds = new Holds((ids) => this.#renew(ids));
  readonly #runs: SqliteRuns;
  readonly #answers: SqliteAnswers;

  constructor(sql: Sql, now: () => number) {
    this.#sql = sql;
    this.#now = now;
    this.#runs = new SqliteRuns(sql);
    this.#answers = new SqliteAnswers(sql, now);
  }

  create(record: SessionRecord, limits: SessionLimits): CreateOutcome {
    const sql = this.#sql;
    const { id, principal } = record;
    this.#holds.noteIdleTime(limits.idleTimeoutMs);
    return sql.transaction((): CreateOutcome => {
      const now = this.#now();
      const taken = 'SELECT 1 FROM sessions WHERE id = ?1 UNION ALL SELECT 1 FROM tombstones WHERE id = ?1';
      if (sql.get(taken, id)) return { kind: 'taken' };
      let ended: readonly EndedSession[] = [];
      if (this.#isFull(principal, limits) !== undefined) {
        ended = [...this.#endExpired(now), ...this.#evictUnused(now, principal, limits)];
        const full = this.#isFull(principal, limits);
        if (full !== undefined) return { kind: 'full', byPrincipal: full === 'principal', ended };
      }
      const insert = 'INSERT INTO sessions (id, record, principal, idle_ms, last_used) VALUES (?, ?, ?, ?, ?)';
      sql.run(insert, id, JSON.stringify(record), principal, limits.idleTimeoutMs, now);
      return { kind: 'created', ended };
    });
  }

  admit(id: string, asker: Asker): Admission {
    const sql = this.#sql;
    const row = sql.get<SessionRow>(readRow, id);
    if (!row) return this.#missing(id, asker, false);
    const now = this.#now();
    this.#holds.noteIdleTime(row.idle_ms);
    if (this.#isExpired(id, row, now)) {
      const expiredNow = this.#endIfExpired(id, now);
      return expiredNow ? this.#missing(id, asker, true) : this.admit(id, asker);
    }
    const record = JSON.parse(row.record) as SessionRecord;
    if (!isOwner(record, asker)) return { kind: 'forbidden' };
    if (row.used && row.last_used === now) return { kind: 'live', record };
    // Another process may have ended it since.
    return this.#touch(id, now) ? { kind: 'live', record } : this.#missing(id, asker, false);
  }

  begin(id: string, runs: readonly Run[], limits: RunLimits): BeginOutcome {
    return this.#runs.begin(id, runs, limits);
  }

  finish(id: string, instance: string, numbers?: readonly number[]): void {
    const now = this.#now();
    if (!this.#holds.has(id) || this.#holds.isNoted(id, now)) return this.#runs.finish(id, instance, numbers);
    // What ends here is released next: one write does for both.
    this.#sql.transaction(() => {
      this.#runs.finish(id, instance, numbers);
      this.#touch(id, now);
    });
  }

  keepAnswer(id: string, question: string, json: string): void {
    this.#answers.keep(id, question, json);
  }

  readAnswer(id: string, question: string): string | null {
    return this.#answers.read(id, question);
  }

  dropAnswer(id: string, question: string): void {
    this.#answers.drop(id, question);
  }

  update(id: string, change: SessionChange): void {
    const sql = this.#sql;
    sql.transaction(() => {
      const row = sql.get<{ record: string }>('SELECT record FROM sessions WHERE id = ?', id);
      if (!row) return;
      const record = JSON.parse(row.record) as SessionRecord;
      applyChange(record, change);
      sql.run('UPDATE sessions SET record = ? WHERE id = ?', JSON.stringify(record), id);
    });
  }

  hold(id: string): void {
    this.#holds.add(id);
  }

  release(id: string): void {
    const now = this.#now();
    if (this.#holds.remove(id) && !this.#holds.isNoted(id, now)) advise(() => this.#touch(id, now));
  }

  end(id: string, reason: SessionEndReason): boolean {
    return this.#sql.transaction(() => this.#remove(id, reason, this.#now()));
  }

  sweep(): readonly EndedSession[] {
    return this.#sql.transaction(() => {
      const now = this.#now();
      this.#sql.run('DELETE FROM tombstones WHERE at <= ?', now - tombstoneMs);
      const surplus = 'SELECT id FROM tombstones ORDER BY at DESC LIMIT -1 OFFSET ?';
      this.#sql.run(`DELETE FROM tombstones WHERE id IN (${surplus})`, maxTombstones);
      return this.#endExpired(now);
    });
  }

  close(): void {
    this.#holds.clear();
  }

  /** It is used now, and lives on for its whole idle time. `false`: there is none. */
  #touch(id: string, now: number): boolean {
    const isThere = this.#sql.run('UPDATE sessions SET last_used = ?, used = 1 WHERE id = ?', now, id) > 0;
    if (isThere) this.#holds.noteUse(id, now);
    return isThere;
  }

  /** The principal's bound first: whoever is at it makes room among its own, which makes room on the server as well. */
  #isFull(principal: string | null, limits: SessionLimits): 'server' | 'principal' | undefined {
    const { maxSessions, maxSessionsPerPrincipal: most } = limits;
    if (most !== null && principal !== null) {
      const own = this.#sql.get<{ n: number }>('SELECT count(*) n FROM sessions WHERE principal = ?', principal);
      if ((own?.n ?? 0) >= most) return 'principal';
    }
    const all = this.#sql.get<{ n: number }>('SELECT count(*) n FROM sessions');
    return (all?.n ?? 0) >= maxSessions ? 'server' : undefined;
  }

  #endExpired(now: number): EndedSession[] {
    const expired = 'SELECT id FROM sessions WHERE idle_ms IS NOT NULL AND last_used + idle_ms <= ? ORDER BY last_used';
    const ended: EndedSession[] = [];
    for (const { id } of this.#sql.all<{ id: string }>(expired, now)) {
      if (!this.#holds.has(id) && this.#remove(id, 'expired', now)) ended.push({ id, reason: 'expired' });
    }
    return ended;
  }

  #evictUnused(now: number, principal: string | null, limits: SessionLimits): EndedSession[] {
    const unused = 'SELECT id, principal FROM sessions WHERE used = 0 AND last_used <= ? ORDER BY last_used';
    const ended: EndedSession[] = [];
    for (const row of this.#sql.all<{ id: string; principal: string | null }>(unused, now - unusedAfterMs)) {
      const full = this.#isFull(principal, limits);
      if (full === undefined) break;
      if (full === 'principal' && row.principal !== principal) continue;
      if (this.#remove(row.id, 'evicted', now)) ended.push({ id: row.id, reason: 'evicted' });
    }
    return ended;
  }

  /** `false`: it was used, by another process, since it was looked at. */
  #endIfExpired(id: string, now: number): boolean {
    return this.#sql.transaction(() => {
      const row = this.#sql.get<SessionRow>(readRow, id);
      return row === undefined || (this.#isExpired(id, row, now) && this.#remove(id, 'expired', now));
    });
  }

  #isExpired(id: string, { idle_ms, last_used }: SessionRow, now: number): boolean {
    return idle_ms !== null && last_used + idle_ms <= now && !this.#holds.has(id);
  }

  #remove(id: string, reason: SessionEndReason, now: number): boolean {
    const removed = this.#sql.get<{ principal: string | null }>(
      'DELETE FROM sessions WHERE id = ? RETURNING principal',
      id,
    );
    if (!removed) return false;
    this.#runs.forget(id);
    this.#answers.forget(id);
    this.#sql.run('INSERT OR REPLACE INTO tombstones VALUES (?, ?, ?, ?)', id, reason, removed.principal, now);
    return true;
  }

  /** To anyone but its owner, a session that is gone never was (rule P7). */
  #missing(id: string, { principal }: Asker, expiredNow: boolean): Admission {
    const tombstone = this.#sql.get<{ reason: SessionMissingReason }>(
      'SELECT reason FROM tombstones WHERE id = ? AND principal IS ? AND at > ?',
      id,
      principal,
      this.#now() - tombstoneMs,
    );
    return { kind: 'missing', reason: tombstone?.reason ?? 'unknown', expiredNow };
  }

  #renew(ids: Iterable<string>): void {
    advise(() =>
      this.#sql.transaction(() => {
        const now = this.#now();
        for (const id of ids) this.#sql.run('UPDATE sessions SET last_used = ? WHERE id = ?', now, id);
      }),
    );
  }
}
