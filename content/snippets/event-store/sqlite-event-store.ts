import { DatabaseSync } from 'node:sqlite';
import type {
  EventStore,
} from '@modelcontextprotocol/sdk/server/streamableHttp.js';

type Message = Parameters<EventStore['storeEvent']>[1];
type Send = Parameters<EventStore['replayEventsAfter']>[1];

// One file for all processes: what one of them stores, each can read.
export const db = new DatabaseSync(process.env.EVENTS ?? 'events.db');
db.exec(`
  PRAGMA busy_timeout = 5000;
  PRAGMA journal_mode = WAL;
  CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY, session TEXT, stream TEXT, message TEXT
  )`);

export class SqliteEventStore implements EventStore {
  readonly #session: string;

  constructor(session: string) {
    this.#session = session;
  }

  async storeEvent(stream: string, message: Message) {
    const { lastInsertRowid } = db
      .prepare(`INSERT INTO events (session, stream, message)
        VALUES (?, ?, ?)`)
      .run(this.#session, stream, JSON.stringify(message));
    return String(lastInsertRowid);
  }

  async replayEventsAfter(last: string, { send }: Send) {
    const seen = db
      .prepare('SELECT stream FROM events WHERE id = ? AND session = ?')
      .get(last, this.#session);
    if (!seen) throw new Error(`No event ${last} in this session`);
    const events = db
      .prepare(`SELECT id, message FROM events
        WHERE session = ? AND stream = ? AND id > ? ORDER BY id`)
      .all(this.#session, String(seen.stream), last);
    for (const { id, message } of events) {
      await send(String(id), JSON.parse(String(message)));
    }
    return String(seen.stream);
  }
}
