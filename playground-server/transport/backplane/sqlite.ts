import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { randomId } from '../random-id.ts';
import { type Backplane, StoreUnreachable } from './backplane.ts';
import { type Sql, type SqlValue, schema } from './sql.ts';
import { SqliteClaims } from './sqlite-claims.ts';
import { SqliteLogs } from './sqlite-logs.ts';
import { SqliteMessages } from './sqlite-messages.ts';
import { SqliteSessions } from './sqlite-sessions.ts';

/** How long a write waits for another process to finish its own before it fails (rule B6). */
const busyMs = 500;
/** How long a process that starts waits for others that do, and how often it looks. */
const openMs = 2_000;
const openAgainMs = 50;
/** https://sqlite.org/rescode.html#busy, without what is added to it. */
const sqliteBusy = 5;

export interface SqliteOptions {
  /** The database file, in a folder that exists. Beside it SQLite keeps `-wal` and `-shm`. */
  path: string;
  /** Milliseconds; the clock by which sessions expire and events age. The same in all processes. */
  now?: () => number;
}

export interface SqliteBackplane extends Backplane, Disposable {
  /** Closes the file. The transport that used it is closed before. */
  close(): void;
}

/**
 * Sessions, logs, claims and messages in a file, for any number of processes of one machine (rule B2). What is in it
 * outlives them.
 *
 * Every answer is there at once: a write takes some 20 µs, because with a write-ahead log it waits for no disk. What the
 * machine wrote before it lost power may be gone; what a process wrote before it was killed is not.
 * @throws StoreUnreachable when the file cannot be opened
 */
export function sqlite({ path, now = Date.now }: SqliteOptions): SqliteBackplane {
  const database = new Database(path);
  const sessions = new SqliteSessions(database, now);
  const messages = new SqliteMessages(database, now, randomId(8), (changed) => watchFile(`${path}-wal`, changed));
  const close = (): void => {
    sessions.close();
    messages.close();
    database.close();
  };
  return {
    shared: true,
    sessions,
    logs: new SqliteLogs(database, now),
    claims: new SqliteClaims(database, now),
    messages,
    close,
    [Symbol.dispose]: close,
  };
}

/**
 * Its folder is watched: SQLite removes the file with the last connection, and makes it again with the next. Not every
 * file system tells, and not every machine has a watch left; the slow poll behind it does.
 */
function watchFile(path: string, changed: () => void): () => void {
  try {
    const watcher = watch(dirname(path), { persistent: false }, (_, name) => {
      if (name === basename(path)) changed();
    });
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => {};
  }
}

class Database implements Sql {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #inTransaction = false;
  #isPatient = true;

  constructor(path: string) {
    this.#database = this.#attempt(() => new DatabaseSync(path, { timeout: busyMs }));
    try {
      this.#attempt(() => this.#prepareFile(performance.now() + openMs));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Processes that start at a time all want to be the first, and to change the journal SQLite waits for nobody. */
  #prepareFile(until: number): void {
    try {
      this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
      this.#database.exec(`BEGIN IMMEDIATE; ${schema} COMMIT;`);
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      if (!isBusy(error) || performance.now() >= until) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, openAgainMs);
      this.#prepareFile(until);
    }
  }

  run(sql: string, ...values: SqlValue[]): number {
    const changes = this.#attempt(() => Number(this.#statement(sql).run(...values).changes));
    // It could be written. Reading says nothing: with a write-ahead log that goes on beside whoever writes.
    if (!this.#isPatient) this.#wait(true);
    return changes;
  }

  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined {
    return this.#attempt(() => this.#statement(sql).get(...values) as Row | undefined);
  }

  all<Row>(sql: string, ...values: SqlValue[]): Row[] {
    return this.#attempt(() => this.#statement(sql).all(...values) as Row[]);
  }

  transaction<T>(work: () => T): T {
    if (this.#inTransaction) return work();
    this.run('BEGIN IMMEDIATE');
    this.#inTransaction = true;
    try {
      const done = work();
      this.run('COMMIT');
      return done;
    } catch (error) {
      this.#attempt(() => this.#database.isTransaction && this.#database.exec('ROLLBACK'));
      throw error;
    } finally {
      this.#inTransaction = false;
    }
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #wait(patiently: boolean): void {
    this.#isPatient = patiently;
    try {
      this.#database.exec(`PRAGMA busy_timeout = ${patiently ? busyMs : 0}`);
    } catch {
      // A file that could not be opened, or is closed.
    }
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /**
   * Once the store is found out of reach, nothing waits for it until it answers again: each wait would hold up all that
   * this process does, modern calls included (rule B6).
   */
  #attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      if (this.#isPatient) this.#wait(false);
      throw new StoreUnreachable(cause instanceof Error ? cause.message : String(cause), { cause });
    }
  }
}

function isBusy(error: unknown): boolean {
  const { errcode } = error as { errcode?: number };
  return errcode !== undefined && (errcode & 0xff) === sqliteBusy;
}
