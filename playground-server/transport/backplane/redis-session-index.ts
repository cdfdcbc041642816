import type { SessionLimits } from './backplane.ts';
import type { RedisConnection } from './redis-connection.ts';
import { clock, keep } from './redis-scripts.ts';
import { maxTombstones, tombstoneMs, unusedAfterMs } from './session-rules.ts';

/** How many sessions one look into the index brings. */
const atOnce = 1_000;

/**
 * `expiry` has every session by when it expires, `unused` those that were only opened, by when; `principals` tells
 * whose each is, and a set for each principal which are its own; `ended` has the tombstones by age.
 */
const index = `${clock}${keep}
local expiry, unused, principals, ended = unpack(KEYS)
local function own(principal) return ARGV[2] .. 'own:' .. principal end
-- The principal's bound first: whoever is at it makes room among its own, which makes room on the server as well.
local function excess(principal, max, maxOwn)
  if principal ~= '' and maxOwn ~= '' and redis.call('SCARD', own(principal)) >= tonumber(maxOwn) then
    return 'principal'
  end
  return redis.call('ZCARD', expiry) >= tonumber(max) and 'server' or 'none'
end
`;

/** ARGV: clock, prefix, principal, most sessions, most of one principal, id, idle time. */
const add = `${index}
local principal, id, idle = ARGV[3], ARGV[6], ARGV[7]
if redis.call('ZSCORE', expiry, id) then return 'taken' end
local why = excess(principal, ARGV[4], ARGV[5])
if why ~= 'none' then return why end
redis.call('ZADD', expiry, idle == '' and '+inf' or now + idle, id)
redis.call('ZADD', unused, now, id)
if principal ~= '' then
  redis.call('HSET', principals, id, principal)
  redis.call('SADD', own(principal), id)
  keep(own(principal), idle)
end
for _, key in ipairs(KEYS) do keep(key, idle) end
return 'added'
`;

/** ARGV: clock, prefix, id. */
const remove = `${index}
local id = ARGV[3]
local principal = redis.call('HGET', principals, id)
redis.call('ZREM', unused, id)
if principal then
  redis.call('HDEL', principals, id)
  redis.call('SREM', own(principal), id)
end
if redis.call('ZREM', expiry, id) == 1 then redis.call('ZADD', ended, now, id) end
return 1
`;

/** ARGV: clock, prefix, id, expires. */
const touch = `${index}
local id, expires = ARGV[3], ARGV[4] == '' and '+inf' or ARGV[4]
redis.call('ZADD', expiry, 'XX', expires, id)
redis.call('ZREM', unused, id)
local principal = redis.call('HGET', principals, id)
local idle = ARGV[4] == '' and '' or math.max(expires - now, 0)
for _, key in ipairs(KEYS) do keep(key, idle) end
if principal then keep(own(principal), idle) end
return 1
`;

const expired = `${index}
return redis.call('ZRANGE', expiry, '-inf', now, 'BYSCORE', 'LIMIT', 0, ${atOnce})
`;

/** ARGV: clock, prefix, principal, most sessions, most of one principal. Those that may make room for one of them. */
const evictable = `${index}
local why = excess(ARGV[3], ARGV[4], ARGV[5])
local found = {}
for _, id in ipairs(redis.call('ZRANGE', unused, '-inf', now - ${unusedAfterMs}, 'BYSCORE')) do
  local isOwn = why == 'principal' and redis.call('HGET', principals, id) == ARGV[3]
  if #found < ${atOnce} and (why == 'server' or isOwn) then table.insert(found, id) end
end
return { why, found }
`;

/** Takes out the tombstones that are too old, or too many. */
const forgotten = `${index}
local ids = redis.call('ZRANGE', ended, '-inf', now - ${tombstoneMs}, 'BYSCORE')
local surplus = redis.call('ZCARD', ended) - ${maxTombstones}
if surplus > #ids then ids = redis.call('ZRANGE', ended, 0, surplus - 1) end
if #ids > 0 then redis.call('ZREMRANGEBYRANK', ended, 0, #ids - 1) end
return ids
`;

/**
 * All sessions of the store, in one slot, so that the cap counts exactly. It is told of a session's use now and then,
 * not each time: whoever finds one expired in it has to ask the session itself.
 */
export class RedisSessionIndex {
  readonly #redis: RedisConnection;
  readonly #prefix: string;
  readonly #now: () => number;

  constructor(redis: RedisConnection, prefix: string, now: () => number) {
    this.#redis = redis;
    this.#prefix = `${prefix}{sessions}:`;
    this.#now = now;
  }

  /** Sets if absent, under the caps; else says which one there is no room under. @param principal `''` for none */
  async add(id: string, principal: string, limits: SessionLimits): Promise<'added' | 'taken' | 'server' | 'principal'> {
    const outcome = await this.#run(add, ...capsOf(principal, limits), id, limits.idleTimeoutMs ?? '');
    return outcome as 'added' | 'taken' | 'server' | 'principal';
  }

  async remove(id: string): Promise<void> {
    await this.#run(remove, id);
  }

  /** It was used, and expires then; `''` for never. */
  async touch(id: string, expires: string | number): Promise<void> {
    await this.#run(touch, id, expires);
  }

  /** Those that may have expired, the oldest first. */
  async expired(): Promise<readonly string[]> {
    return (await this.#run(expired)) as string[];
  }

  /** Those that nobody used and that have to go for one of this principal to come, the oldest first. */
  async evictable(principal: string, limits: SessionLimits): Promise<readonly string[]> {
    const [why, found] = (await this.#run(evictable, ...capsOf(principal, limits))) as [string, string[]];
    return why === 'none' ? [] : found;
  }

  /** Ended sessions that are remembered no more, from now on. */
  async forgotten(): Promise<readonly string[]> {
    return (await this.#run(forgotten)) as string[];
  }

  #run(script: string, ...values: (string | number)[]): Promise<unknown> {
    const keys = ['expiry', 'unused', 'principals', 'ended'].map((name) => this.#prefix + name);
    return this.#redis.evaluate(script, keys, this.#now(), this.#prefix, ...values);
  }
}

function capsOf(principal: string, { maxSessions, maxSessionsPerPrincipal }: SessionLimits): (string | number)[] {
  return [principal, maxSessions, maxSessionsPerPrincipal ?? ''];
}
