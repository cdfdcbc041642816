import { keepAnswerMs, maxAnswers } from './session-rules.ts';
import type { Sql } from './sql.ts';

/** Responses that whoever asked has yet to read: a row each. */
export class SqliteAnswers {
  readonly #sql: Sql;
  readonly #now: () => number;

  constructor(sql: Sql, now: () => number) {
    this.#sql = sql;
    this.#now = now;
  }

  keep(session: string, question: string, json: string): void {
    const sql = this.#sql;
    sql.transaction(() => {
      if (!sql.get('SELECT 1 FROM sessions WHERE id = ?', session)) return;
      const now = this.#now();
      sql.run('DELETE FROM answers WHERE session = ? AND at <= ?', session, now - keepAnswerMs);
      sql.run(
        'INSERT OR IGNORE INTO answers (session, question, json, at) VALUES (?, ?, ?, ?)',
        session,
        question,
        json,
        now,
      );
      const surplus = 'SELECT id FROM answers WHERE session = ? ORDER BY id DESC LIMIT -1 OFFSET ?';
      sql.run(`DELETE FROM answers WHERE id IN (${surplus})`, session, maxAnswers);
    });
  }

  read(session: string, question: string): string | null {
    const read = 'SELECT json FROM answers WHERE session = ? AND question = ? AND at > ?';
    return this.#sql.get<{ json: string }>(read, session, question, this.#now() - keepAnswerMs)?.json ?? null;
  }

  drop(session: string, question: string): void {
    this.#sql.run('DELETE FROM answers WHERE session = ? AND question = ?', session, question);
  }

  /** With the session. */
  forget(session: string): void {
    this.#sql.run('DELETE FROM answers WHERE session = ?', session);
  }
}
