import { redis } from '../../../playground-server/transport/backplane/redis.ts';
import { sqlite } from '../../../playground-server/transport/backplane/sqlite.ts';
import type { Backplane } from '../../../playground-server/transport/index.ts';

/** A store as one word, for a process that is to share it: `sqlite:<path>`, or `redis://host:port#prefix`. */
export type StoreAddress = string;

export interface OpenedStore extends Backplane {
  close(): void | Promise<void>;
}

/** @param now the clock it goes by, the same in all processes; that of the system by default */
export function openStore(address: StoreAddress, now?: () => number): OpenedStore {
  const clock = now && { now };
  const [kind, path] = [address.slice(0, address.indexOf(':')), address.slice(address.indexOf(':') + 1)];
  if (kind === 'sqlite') return sqlite({ path, ...clock });
  if (kind === 'redis') {
    const [url = '', prefix = ''] = address.split('#');
    return redis({ url, prefix, ...clock });
  }
  throw new Error(`No store is kept at ${address}`);
}
