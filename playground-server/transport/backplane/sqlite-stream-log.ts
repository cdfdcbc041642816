import type { EventLogBounds, LoggedEvent, LogSlice, NewEvent, StreamLog } from './backplane.ts';
import { eventWeight, maxDropped } from './log-rules.ts';
import { advise, type Sql } from './sql.ts';

export interface StreamRow {
  id: number;
  name: string;
  request: string | null;
  state: 'kept' | 'dropped' | 'finished';
  ended: 0 | 1;
  first_number: number;
  last_number: number;
  weight: number;
  read_after: number | null;
  spare_bytes: number;
  delivered_at: number | null;
}

/** One row of `streams` and its events. Everything is read anew each time: other processes write it as well. */
export class SqliteStreamLog implements StreamLog {
  readonly #sql: Sql;
  readonly #now: () => number;
  readonly #session: string;
  readonly #name: string;
  readonly #bounds: EventLogBounds | undefined;
  /** Of its row; known once that was there. */
  #id: number | undefined;

  /** @param bounds absent: it is read, or ended, and grows by no more than its answer */
  constructor(sql: Sql, now: () => number, session: string, name: string, bounds: EventLogBounds | undefined) {
    this.#sql = sql;
    this.#now = now;
    this.#session = session;
    this.#name = name;
    this.#bounds = bounds;
  }

  append({ json, last, broadcast }: NewEvent): number {
    const sql = this.#sql;
    return sql.transaction(() => {
      const row = this.#row();
      if (!row || row.ended || row.state !== 'kept') return 0;
      const now = this.#now();
      if (broadcast !== undefined) {
        const first = sql.run('INSERT OR IGNORE INTO broadcasts VALUES (?, ?, ?)', this.#session, broadcast, now);
        if (first === 0) return 0;
      }
      const number = row.last_number + 1;
      const added = json.length + eventWeight;
      sql.run('INSERT INTO events VALUES (?, ?, ?, ?, ?)', row.id, number, json, added, now);
      row.last_number = number;
      row.weight += added;
      row.ended = last ? 1 : 0;
      if (this.#bounds) this.#trim(row, this.#bounds);
      const { first_number, weight, ended, id } = row;
      const update = 'UPDATE streams SET first_number = ?, last_number = ?, weight = ?, ended = ? WHERE id = ?';
      sql.run(update, first_number, number, weight, ended, id);
      if (this.#bounds) this.#makeRoom(row, this.#bounds);
      return number;
    });
  }

  readAfter(cursor: number, maxEvents: number): LogSlice {
    const sql = this.#sql;
    const row = sql.get<{ id: number; ended: number; last_number: number; max_age_ms: number }>(
      "SELECT id, ended, last_number, max_age_ms FROM streams WHERE session = ? AND name = ? AND state = 'kept'",
      this.#session,
      this.#name,
    );
    // The session ended, and its streams with it.
    if (!row) return { events: [], ended: true, trimmed: false, lastNumber: cursor };
    // The newest event stays whatever its age: of a request's stream it is the response (rule R4).
    const events = sql.all<LoggedEvent>(
      `SELECT number, json FROM events WHERE stream = ? AND number > ? AND number <= ? AND (at > ? OR number = ?)
       ORDER BY number LIMIT ?`,
      row.id,
      cursor,
      row.last_number,
      this.#now() - row.max_age_ms,
      row.last_number,
      maxEvents,
    );
    const first = events[0]?.number ?? cursor + 1;
    const readTo = events.at(-1)?.number ?? cursor;
    return {
      events,
      ended: row.ended === 1 && readTo >= row.last_number,
      trimmed: first > cursor + 1,
      lastNumber: row.last_number,
    };
  }

  unread(): number {
    const row = this.#sql.get<{ written: number }>(
      'SELECT written FROM streams WHERE session = ? AND name = ?',
      this.#session,
      this.#name,
    );
    const written = row?.written ?? 0;
    // What is too old is kept no more, whether or not it was removed.
    const [next] = this.readAfter(written, 1).events;
    return next ? next.number - 1 : written;
  }

  takeOver(): number {
    const row = this.#sql.get<{ takeovers: number }>(
      'UPDATE streams SET takeovers = takeovers + 1 WHERE session = ? AND name = ? RETURNING takeovers',
      this.#session,
      this.#name,
    );
    return row?.takeovers ?? 0;
  }

  end(): void {
    this.#sql.run('UPDATE streams SET ended = 1 WHERE session = ? AND name = ?', this.#session, this.#name);
  }

  delivered(): void {
    const update = 'UPDATE streams SET delivered_at = ? WHERE session = ? AND name = ?';
    advise(() => this.#sql.run(update, this.#now(), this.#session, this.#name));
  }

  spareAfter(cursor: number | null, bytes: number): void {
    advise(() =>
      this.#sql.run(
        `UPDATE streams SET read_after = ?1, spare_bytes = ?2, written = max(written, coalesce(?1, 0))
         WHERE session = ?3 AND name = ?4`,
        cursor,
        bytes,
        this.#session,
        this.#name,
      ),
    );
  }

  #row(): StreamRow | undefined {
    const columns = `id, name, request, state, ended, first_number, last_number, weight, read_after, spare_bytes,
       delivered_at`;
    const row =
      this.#id === undefined
        ? this.#sql.get<StreamRow>(
            `SELECT ${columns} FROM streams WHERE session = ? AND name = ?`,
            this.#session,
            this.#name,
          )
        : // Its id finds it soonest. SQLite gives the id of a removed row to the next one, which is another session's.
          this.#sql.get<StreamRow>(
            `SELECT ${columns} FROM streams WHERE id = ? AND session = ? AND name = ?`,
            this.#id,
            this.#session,
            this.#name,
          );
    this.#id = row?.id;
    return row;
  }

  /** Drops the oldest events past the stream's bounds, but the newest of all, and what is being read. */
  #trim(row: StreamRow, { maxEvents, maxBytes }: EventLogBounds): void {
    while (row.first_number < row.last_number) {
      const tooMuch = row.last_number - row.first_number + 1 > maxEvents || row.weight > maxBytes;
      if (!tooMuch) return;
      const stillRead = row.read_after !== null && row.first_number > row.read_after;
      if (stillRead && row.weight <= row.spare_bytes) return;
      this.#dropOldest(row);
    }
  }

  /** Over the session's bound the oldest finished streams go first, then this stream's oldest events (rule R4). */
  #makeRoom(row: StreamRow, { maxSessionBytes }: EventLogBounds): void {
    const sql = this.#sql;
    const total = sql.get<{ weight: number }>(
      "SELECT sum(weight) AS weight FROM streams WHERE session = ? AND state = 'kept'",
      this.#session,
    );
    let surplus = (total?.weight ?? 0) - maxSessionBytes;
    if (surplus <= 0) return;
    const ended = "SELECT * FROM streams WHERE session = ? AND state = 'kept' AND ended = 1 AND id <> ? ORDER BY id";
    for (const other of sql.all<StreamRow>(ended, this.#session, row.id)) {
      if (surplus <= 0) return;
      const isLost = other.request !== null && other.delivered_at === null;
      leave(sql, other, this.#session, isLost ? 'dropped' : 'finished');
      surplus -= other.weight;
    }
    while (surplus > 0 && row.first_number < row.last_number) {
      const before = row.weight;
      this.#dropOldest(row);
      surplus -= before - row.weight;
    }
    const update = 'UPDATE streams SET first_number = ?, weight = ? WHERE id = ?';
    sql.run(update, row.first_number, row.weight, row.id);
  }

  #dropOldest(row: StreamRow): void {
    const drop = 'DELETE FROM events WHERE stream = ? AND number = ? RETURNING weight';
    const dropped = this.#sql.get<{ weight: number }>(drop, row.id, row.first_number);
    row.weight -= dropped?.weight ?? 0;
    row.first_number += 1;
  }
}

/** A stream leaves its events, and stays known by its name: as many as a session remembers. */
export function leave(sql: Sql, { id }: StreamRow, session: string, state: 'dropped' | 'finished'): void {
  sql.run('DELETE FROM events WHERE stream = ?', id);
  sql.run('UPDATE streams SET state = ?, weight = 0 WHERE id = ?', state, id);
  const remembered = 'SELECT id FROM streams WHERE session = ? AND state = ? ORDER BY id DESC LIMIT -1 OFFSET ?';
  sql.run(`DELETE FROM streams WHERE id IN (${remembered})`, session, state, maxDropped);
}
