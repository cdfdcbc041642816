import type { ClaimStore } from './backplane.ts';
import type { Sql } from './sql.ts';

/** Claims in a database. One counter for all fences, so that each is higher than any before. */
export class SqliteClaims implements ClaimStore {
  readonly #sql: Sql;
  readonly #now: () => number;

  constructor(sql: Sql, now: () => number) {
    this.#sql = sql;
    this.#now = now;
  }

  acquire(name: string, ttlMs: number): number | null {
    const sql = this.#sql;
    return sql.transaction(() => {
      const now = this.#now();
      sql.run('DELETE FROM claims WHERE until <= ?', now);
      if (sql.get('SELECT 1 FROM claims WHERE name = ?', name)) return null;
      const { last } = sql.get('UPDATE fences SET last = last + 1 RETURNING last') as { last: number };
      sql.run('INSERT INTO claims VALUES (?, ?, ?)', name, last, now + ttlMs);
      return last;
    });
  }

  renew(name: string, fence: number, ttlMs: number): boolean {
    const now = this.#now();
    // What ran out is of no use, and need not wait for the next one who wants a claim.
    this.#sql.run('DELETE FROM claims WHERE until <= ?', now);
    const renew = 'UPDATE claims SET until = ? WHERE name = ? AND fence = ?';
    return this.#sql.run(renew, now + ttlMs, name, fence) > 0;
  }

  release(name: string, fence: number): void {
    this.#sql.run('DELETE FROM claims WHERE name = ? AND fence = ?', name, fence);
  }
}
