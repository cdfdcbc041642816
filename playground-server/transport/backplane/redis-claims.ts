import type { ClaimStore } from './backplane.ts';
import type { RedisConnection } from './redis-connection.ts';
import { clock } from './redis-scripts.ts';

/** KEYS: the claim, the counter of all fences. ARGV: clock, ttl. */
const acquire = `${clock}
local held = redis.call('GET', KEYS[1])
if held and tonumber(string.match(held, '%d+$')) > now then return false end
local fence = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], string.format('%d:%d', fence, now + ARGV[2]), 'PX', ARGV[2])
return fence
`;

/** KEYS: the claim. ARGV: clock, fence, ttl; a ttl of 0 gives it back. */
const renew = `${clock}
local held = redis.call('GET', KEYS[1])
if not held then return 0 end
local fence, till = string.match(held, '^(%d+):(%d+)$')
if fence ~= ARGV[2] or tonumber(till) <= now then return 0 end
if ARGV[3] == '0' then return redis.call('DEL', KEYS[1]) end
redis.call('SET', KEYS[1], string.format('%d:%d', fence, now + ARGV[3]), 'PX', ARGV[3])
return 1
`;

/** Claims in Redis. They are few, so that one slot may have them all, and one counter their fences. */
export class RedisClaims implements ClaimStore {
  readonly #redis: RedisConnection;
  readonly #prefix: string;
  readonly #now: () => number;

  constructor(redis: RedisConnection, prefix: string, now: () => number) {
    this.#redis = redis;
    this.#prefix = `${prefix}{claims}:`;
    this.#now = now;
  }

  async acquire(name: string, ttlMs: number): Promise<number | null> {
    const keys = [this.#key(name), `${this.#prefix}fence`];
    return (await this.#redis.evaluate(acquire, keys, this.#now(), ttlMs)) as number | null;
  }

  async renew(name: string, fence: number, ttlMs: number): Promise<boolean> {
    return (await this.#redis.evaluate(renew, [this.#key(name)], this.#now(), fence, ttlMs)) === 1;
  }

  async release(name: string, fence: number): Promise<void> {
    await this.#redis.evaluate(renew, [this.#key(name)], this.#now(), fence, 0);
  }

  #key(name: string): string {
    return `${this.#prefix}of:${name}`;
  }
}
