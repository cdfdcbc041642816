import { clock, keep } from './redis-scripts.ts';
import { tombstoneMs } from './session-rules.ts';

/** Needs `session`, `now` and `keep`, with the keys of a session as KEYS and its prefix as ARGV[2]. */
export const touch = `
-- It lives on for its whole idle time. Returns when that is over, where the index of all sessions has to hear of it.
local function touch(idle, used, indexed)
  redis.call('HSET', session, 'used', 1)
  local expires = ''
  if idle ~= '' then
    expires = now + idle
    redis.call('HSET', session, 'expires', expires)
  end
  if used == '1' and (idle == '' or expires - tonumber(indexed) < tonumber(idle) / 10) then return nil end
  redis.call('HSET', session, 'indexed', expires)
  for _, key in ipairs(KEYS) do keep(key, idle) end
  for _, name in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
    local stream = ARGV[2] .. 'stream:' .. name
    if redis.call('HGET', stream, 'delivered') == '' then
      keep(stream, idle)
      keep(ARGV[2] .. 'log:' .. name, idle)
    end
  end
  return expires
end
`;

/**
 * One hash a session: `state` is `live`, or why it ended; `base` is what never changes of the record, and every
 * subscription and every value has a field of its own, so that two instances may change it at a time. What has ended
 * keeps its `state`, `principal` and `at` for as long as it is remembered.
 */
const sessionHash = `${clock}${keep}
local session = KEYS[1]
local function bury(reason)
  local principal = redis.call('HGET', session, 'principal')
  redis.call('DEL', session, KEYS[7], KEYS[8], KEYS[9])
  redis.call('HSET', session, 'state', reason, 'at', now)
  if principal then redis.call('HSET', session, 'principal', principal) end
  redis.call('PEXPIRE', session, ${tombstoneMs})
end
local function isExpired(expires) return expires and expires ~= '' and tonumber(expires) <= now end
${touch}`;

/** ARGV: clock, -, idle time, then the fields. Sets if absent: what is remembered is there as well (rule S6). */
export const create = `${sessionHash}
if redis.call('EXISTS', session) == 1 then return 0 end
local expires = ''
if ARGV[3] ~= '' then expires = now + ARGV[3] end
redis.call('HSET', session, 'state', 'live', 'used', 0, 'idle', ARGV[3], 'expires', expires, 'indexed', expires, unpack(ARGV, 4))
keep(session, ARGV[3])
return 1
`;

/** ARGV: clock, prefix, is held here, principal, origin; these two with a mark in front, or empty. */
export const admit = `${sessionHash}
local state, expires, idle, used, indexed, principal, origin =
  unpack(redis.call('HMGET', session, 'state', 'expires', 'idle', 'used', 'indexed', 'principal', 'origin'))
local isOwner = (principal or '') == ARGV[4]
local expiredNow = 0
if state == 'live' and ARGV[3] == '0' and isExpired(expires) then
  bury('expired')
  state, expiredNow = 'expired', 1
end
if not state then return { 'missing', 'unknown', 0 } end
if state ~= 'live' then
  local at = tonumber(redis.call('HGET', session, 'at'))
  if isOwner and at > now - ${tombstoneMs} then return { 'missing', state, expiredNow } end
  return { 'missing', 'unknown', expiredNow }
end
if not isOwner or (origin and ARGV[5] ~= '' and origin ~= ARGV[5]) then return { 'forbidden' } end
return { 'live', touch(idle, used, indexed) or false, redis.call('HGETALL', session) }
`;

/** The end of a script that has `touch`: renews the session, and returns what the index has to hear. */
export const renewIt = `
local state, idle, used, indexed = unpack(redis.call('HMGET', session, 'state', 'idle', 'used', 'indexed'))
if state ~= 'live' then return false end
return touch(idle, used, indexed) or false
`;

/** ARGV: clock, prefix. */
export const renew = sessionHash + renewIt;

/** ARGV: clock, -, why, and `expired` or `unused` where it must be that. Returns 1, or `live` with when it expires. */
export const end = `${sessionHash}
local state, expires, used = unpack(redis.call('HMGET', session, 'state', 'expires', 'used'))
if state ~= 'live' then return 0 end
if ARGV[4] == 'expired' and not isExpired(expires) then return { 'live', expires } end
if ARGV[4] == 'unused' and used ~= '0' then return { 'live', expires } end
bury(ARGV[3])
return 1
`;

/** ARGV: clock, -, HSET or HDEL, field, value. What has ended is not made again. */
export const update = `${sessionHash}
if redis.call('HGET', session, 'state') ~= 'live' then return 0 end
return redis.call(ARGV[3], session, unpack(ARGV, 4))
`;

export const exists = `return redis.call('EXISTS', KEYS[1])`;

/** A tombstone that is one too many. */
export const forget = `
if redis.call('HGET', KEYS[1], 'state') ~= 'live' then redis.call('DEL', KEYS[1]) end
`;
