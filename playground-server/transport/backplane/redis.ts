import { randomId } from '../random-id.ts';
import type { Backplane } from './backplane.ts';
import { RedisClaims } from './redis-claims.ts';
import { RedisConnection } from './redis-connection.ts';
import { RedisLogs } from './redis-logs.ts';
import { RedisMessages } from './redis-messages.ts';
import { RedisSessions } from './redis-sessions.ts';

export interface RedisOptions {
  /**
   * `redis://user:password@host:6379`, or `rediss:` with TLS; for a cluster an array, of some of its nodes. Redis 7 or
   * later, or Valkey.
   */
  url: string | readonly string[];
  /** What all keys and channels begin with. Servers that share sessions have the same. `mcp:` unless given. */
  prefix?: string;
  /** Milliseconds; a clock to go by instead of the server's. For tests. */
  now?: () => number;
}

export interface RedisBackplane extends Backplane, Disposable {
  /** Redis answers, as far as is known. */
  readonly isReachable: boolean;
  /** Asks it. @throws StoreUnreachable within a second */
  ping(): Promise<void>;
  /** Removes all that is kept under the prefix, for good: when the last server that shared it has ended. */
  clear(): Promise<void>;
  /** Ends the connection. The transport that used it is closed before. */
  close(): void;
}

/**
 * Sessions, logs, claims and messages in Redis, for any number of processes on any number of machines (rule B3).
 *
 * It connects by itself, and again whenever a connection is lost; what is asked before the first one is there waits for
 * it. What Redis answered is as safe as its own persistence makes it (`appendonly yes`).
 */
export function redis({ url, prefix = 'mcp:', now = () => 0 }: RedisOptions): RedisBackplane {
  const connection = new RedisConnection(url);
  // Tells what this process says from what others do.
  const origin = randomId(8);
  const sessions = new RedisSessions(connection, prefix, now);
  const close = (): void => {
    sessions.close();
    connection.close();
  };
  return {
    shared: true,
    get isReachable() {
      return connection.isReachable;
    },
    ping: async () => {
      await connection.evaluate('return 1', [prefix]);
    },
    clear: () => connection.removeAll(prefix),
    sessions,
    logs: new RedisLogs(connection, prefix, now, origin),
    claims: new RedisClaims(connection, prefix, now),
    messages: new RedisMessages(connection, prefix, origin),
    close,
    [Symbol.dispose]: close,
  };
}
