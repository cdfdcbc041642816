import type { EventLogBounds, FoundLog, LogStore, StreamLog, StreamPurpose, UnfinishedStream } from './backplane.ts';
import { allSessions, foundLeft, keepDeliveredMs, purposeText, requestsIn, streamWeight } from './log-rules.ts';
import type { Sql } from './sql.ts';
import { leave, SqliteStreamLog, type StreamRow } from './sqlite-stream-log.ts';

/** Whoever hears of a broadcast hears of it within this time, or not at all. */
const keepBroadcastsMs = 60_000;

/** The event logs of one machine. Text is weighed in UTF-16 units, which are bytes for what is ASCII. */
export class SqliteLogs implements LogStore {
  readonly #sql: Sql;
  readonly #now: () => number;

  constructor(sql: Sql, now: () => number) {
    this.#sql = sql;
    this.#now = now;
  }

  open(session: string, stream: string, bounds: EventLogBounds, purpose: StreamPurpose = {}): StreamLog {
    this.#sql.run(
      `INSERT INTO streams (session, name, request, instance, max_age_ms, weight) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (session, name) DO NOTHING`,
      session,
      stream,
      purposeText(purpose),
      purpose.instance ?? null,
      bounds.maxAgeMs,
      streamWeight,
    );
    return new SqliteStreamLog(this.#sql, this.#now, session, stream, bounds);
  }

  find(session: string, stream: string): FoundLog {
    const row = this.#sql.get<Pick<StreamRow, 'state' | 'request' | 'last_number'>>(
      'SELECT state, request, last_number FROM streams WHERE session = ? AND name = ?',
      session,
      stream,
    );
    if (!row) return { kind: 'missing' };
    if (row.state === 'kept') {
      return { kind: 'kept', log: new SqliteStreamLog(this.#sql, this.#now, session, stream, undefined) };
    }
    return foundLeft(row.state, row.request, row.last_number);
  }

  owing(instance: string): readonly string[] {
    const rows = this.#sql.all<{ instance: string }>(
      'SELECT DISTINCT instance FROM streams WHERE ended = 0 AND instance <> ? AND request IS NOT NULL',
      instance,
    );
    return rows.map((row) => row.instance);
  }

  unfinished(instance: string): readonly UnfinishedStream[] {
    const rows = this.#sql.all<{ session: string; stream: string; instance: string; request: string }>(
      `SELECT session, name AS stream, instance, request FROM streams
       WHERE ended = 0 AND instance = ? AND request IS NOT NULL`,
      instance,
    );
    return rows.map(({ request, ...row }) => ({ ...row, requests: requestsIn(request) }));
  }

  finish({ session, stream }: UnfinishedStream, messages: readonly string[]): void {
    const log = new SqliteStreamLog(this.#sql, this.#now, session, stream, undefined);
    this.#sql.transaction(() => {
      const last = messages.length - 1;
      for (const [n, json] of messages.entries()) log.append({ json, last: n === last });
      if (last < 0) log.end();
    });
  }

  drop(session: string): void {
    this.#sql.transaction(() => {
      this.#sql.run('DELETE FROM events WHERE stream IN (SELECT id FROM streams WHERE session = ?)', session);
      this.#sql.run('DELETE FROM streams WHERE session = ?', session);
      this.#sql.run('DELETE FROM broadcasts WHERE session = ?', session);
    });
  }

  sweep(): void {
    const sql = this.#sql;
    sql.transaction(() => {
      const now = this.#now();
      sql.run('DELETE FROM broadcasts WHERE at < ?', now - keepBroadcastsMs);
      // Of sessions that ended when the store could not be told, or whose process died while it told.
      const orphans = `SELECT DISTINCT session FROM streams WHERE session NOT IN (SELECT id FROM sessions)
        AND NOT (session = ? AND EXISTS (SELECT 1 FROM events WHERE stream = streams.id AND at > ? - max_age_ms))`;
      for (const { session } of sql.all<{ session: string }>(orphans, allSessions, now)) this.drop(session);
      const delivered = "SELECT * FROM streams WHERE state = 'kept' AND delivered_at <= ?";
      for (const row of sql.all<StreamRow & { session: string }>(delivered, now - keepDeliveredMs)) {
        leave(sql, row, row.session, 'finished');
      }
    });
  }
}
