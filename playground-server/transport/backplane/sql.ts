/** What the parts of the SQLite store need of a database: the one that opens it is sqlite.ts. */

export type SqlValue = string | number | null;

export interface Sql {
  /** @returns how many rows it changed */
  run(sql: string, ...values: SqlValue[]): number;
  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined;
  all<Row>(sql: string, ...values: SqlValue[]): Row[];
  /** All of it or nothing, and nothing of another process in between. Inside another one it is part of that. */
  transaction<T>(work: () => T): T;
}

/** For what only advises the store, or is done again in a moment: that it failed is no reason to fail. */
export function advise(work: () => unknown): void {
  try {
    work();
  } catch {
    // The next one may succeed.
  }
}

/**
 * `instance`: who writes the stream. `takeovers` counts connections, `written` is the newest number that one of them was
 * given, and `read_after` where the present one is. `state` is `kept`, `dropped` (rule R2) or `finished`.
 */
export const schema = `
CREATE TABLE IF NOT EXISTS sessions (
  id TEXT PRIMARY KEY, record TEXT NOT NULL, principal TEXT, idle_ms INTEGER, last_used INTEGER NOT NULL,
  used INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
DROP INDEX IF EXISTS sessions_by_use;
CREATE INDEX IF NOT EXISTS sessions_unused ON sessions (last_used) WHERE used = 0;
CREATE INDEX IF NOT EXISTS sessions_by_principal ON sessions (principal);
CREATE TABLE IF NOT EXISTS tombstones (
  id TEXT PRIMARY KEY, reason TEXT NOT NULL, principal TEXT, at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tombstones_by_age ON tombstones (at);
CREATE TABLE IF NOT EXISTS runs (
  session TEXT NOT NULL, instance TEXT NOT NULL, number INTEGER NOT NULL, request TEXT NOT NULL,
  PRIMARY KEY (session, instance, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answers (
  id INTEGER PRIMARY KEY, session TEXT NOT NULL, question TEXT NOT NULL, json TEXT NOT NULL, at INTEGER NOT NULL,
  UNIQUE (session, question)
);
CREATE TABLE IF NOT EXISTS streams (
  id INTEGER PRIMARY KEY, session TEXT NOT NULL, name TEXT NOT NULL, request TEXT, instance TEXT,
  max_age_ms INTEGER NOT NULL, state TEXT NOT NULL DEFAULT 'kept', ended INTEGER NOT NULL DEFAULT 0,
  first_number INTEGER NOT NULL DEFAULT 1, last_number INTEGER NOT NULL DEFAULT 0, weight INTEGER NOT NULL,
  written INTEGER NOT NULL DEFAULT 0, takeovers INTEGER NOT NULL DEFAULT 0, read_after INTEGER,
  spare_bytes INTEGER NOT NULL DEFAULT 0, delivered_at INTEGER, UNIQUE (session, name)
);
CREATE INDEX IF NOT EXISTS streams_unfinished ON streams (instance) WHERE ended = 0;
CREATE INDEX IF NOT EXISTS streams_delivered ON streams (delivered_at) WHERE state = 'kept';
CREATE TABLE IF NOT EXISTS events (
  stream INTEGER NOT NULL, number INTEGER NOT NULL, json TEXT NOT NULL, weight INTEGER NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (stream, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS broadcasts (
  session TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (session, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS broadcasts_by_age ON broadcasts (at);
CREATE TABLE IF NOT EXISTS claims (name TEXT PRIMARY KEY, fence INTEGER NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fences (id INTEGER PRIMARY KEY CHECK (id = 1), last INTEGER NOT NULL);
INSERT OR IGNORE INTO fences VALUES (1, 0);
CREATE TABLE IF NOT EXISTS messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT, origin TEXT NOT NULL, topic TEXT NOT NULL, body TEXT NOT NULL, at INTEGER NOT NULL
);
`;
