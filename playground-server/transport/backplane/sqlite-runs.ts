import type { BeginOutcome, Run, RunLimits } from './backplane.ts';
import { instancesOf } from './memory-runs.ts';
import type { Sql } from './sql.ts';

/** Adds one run, unless something is in its way: its session is gone, or full, or runs a request of this id. */
const addFreely = `
INSERT OR REPLACE INTO runs SELECT ?1, ?2, ?3, ?4
WHERE EXISTS (SELECT 1 FROM sessions WHERE id = ?1)
AND (SELECT count(*) FROM runs WHERE session = ?1) < ?5
AND NOT (?6 AND EXISTS (SELECT 1 FROM runs WHERE session = ?1 AND request = ?4))
`;

/** The requests that run in the sessions of one machine: a row each. */
export class SqliteRuns {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  begin(session: string, runs: readonly Run[], limits: RunLimits): BeginOutcome {
    const [first] = runs;
    // Nearly always it is one, and nothing is in its way: one statement instead of a transaction of five.
    if (first && runs.length === 1 && this.#addFreely(session, first, limits)) return { kind: 'begun' };
    return this.#add(session, runs, limits);
  }

  #addFreely(session: string, { request, instance, number }: Run, { maxInFlight, uniqueIds }: RunLimits): boolean {
    const unique = uniqueIds ? 1 : 0;
    return this.#sql.run(addFreely, session, instance, number, JSON.stringify(request), maxInFlight, unique) > 0;
  }

  /** All of them, or what is in their way. */
  #add(session: string, runs: readonly Run[], { maxInFlight, uniqueIds }: RunLimits): BeginOutcome {
    const sql = this.#sql;
    return sql.transaction((): BeginOutcome => {
      if (!sql.get('SELECT 1 FROM sessions WHERE id = ?', session)) return { kind: 'begun' };
      for (const { request } of uniqueIds ? runs : []) {
        const instances = this.#instances('session = ? AND request = ?', session, JSON.stringify(request));
        if (instances.length > 0) return { kind: 'duplicate', request, instances };
      }
      const running = sql.get<{ n: number }>('SELECT count(*) n FROM runs WHERE session = ?', session);
      if ((running?.n ?? 0) + runs.length > maxInFlight) {
        return { kind: 'full', instances: this.#instances('session = ?', session) };
      }
      for (const { instance, number, request } of runs) {
        sql.run('INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?)', session, instance, number, JSON.stringify(request));
      }
      return { kind: 'begun' };
    });
  }

  finish(session: string, instance: string, numbers: readonly number[] | undefined): void {
    const some = 'DELETE FROM runs WHERE session = ? AND instance = ?';
    if (!numbers) this.#sql.run(some, session, instance);
    for (const number of numbers ?? []) this.#sql.run(`${some} AND number = ?`, session, instance, number);
  }

  /** With the session. */
  forget(session: string): void {
    this.#sql.run('DELETE FROM runs WHERE session = ?', session);
  }

  #instances(where: string, ...values: string[]): string[] {
    return instancesOf(this.#sql.all<{ instance: string }>(`SELECT instance FROM runs WHERE ${where}`, ...values));
  }
}
