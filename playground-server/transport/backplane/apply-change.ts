import type { SessionChange, SessionRecord } from './backplane.ts';

/** Changes a record in place: the same in every store, and in the copy that an instance has. */
export function applyChange(record: SessionRecord, change: SessionChange): void {
  switch (change.kind) {
    case 'level':
      record.logLevel = change.level;
      return;
    case 'subscribe':
      if (!record.subscriptions.includes(change.uri)) record.subscriptions.push(change.uri);
      return;
    case 'unsubscribe':
      record.subscriptions = record.subscriptions.filter((uri) => uri !== change.uri);
      return;
    case 'set': {
      const { key, value } = change;
      // A key such as "__proto__" is data like any other.
      Object.defineProperty(record.data, key, { value, enumerable: true, configurable: true, writable: true });
    }
  }
}
