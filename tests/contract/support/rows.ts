import { DatabaseSync } from 'node:sqlite';
import { createClient } from '@redis/client';
import type { StoreAddress } from './store-address.ts';

/** How much the SQLite store in this file holds of sessions, kind by kind: broadcasts are kept for those to come as well. */
export function rows(path: string): Record<string, number> {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const ofAll = "(SELECT id FROM streams WHERE session = 'all sessions')";
    const tables = {
      sessions: '',
      runs: '',
      answers: '',
      streams: `WHERE id NOT IN ${ofAll}`,
      events: `WHERE stream NOT IN ${ofAll}`,
      broadcasts: '',
      claims: '',
    };
    return Object.fromEntries(
      Object.entries(tables).map(([table, which]) => [
        table,
        Number(database.prepare(`SELECT count(*) AS n FROM ${table} ${which}`).get()?.n),
      ]),
    );
  } finally {
    database.close();
  }
}

/** How much a store holds, kind by kind, but for what it remembers of sessions that ended. */
export async function heldIn(address: StoreAddress): Promise<Record<string, number>> {
  if (!address.startsWith('redis:')) return rows(address.slice(address.indexOf(':') + 1));
  const [url = '', prefix = ''] = address.split('#');
  const client = createClient({ url });
  await client.connect();
  try {
    const keys = (await client.keys(`${prefix}*`)).filter((key) => !key.includes('{all sessions}'));
    const count = (pattern: RegExp) => keys.filter((key) => pattern.test(key)).length;
    return {
      sessions: await client.zCard(`${prefix}{sessions}:expiry`),
      runs: count(/:runs$/),
      answers: count(/:answer(s|ed)$/),
      streams: count(/:stream:/),
      events: count(/:log:/),
      broadcasts: count(/:broadcasts$/),
      claims: count(/\{claims\}:of:/),
    };
  } finally {
    client.destroy();
  }
}
