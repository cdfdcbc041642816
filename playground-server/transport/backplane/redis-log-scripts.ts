/**
 * What the event logs of Redis do, each in one step. A stream is a hash, and its events are a Redis stream whose entry
 * ids are their numbers: `7-0` is event 7. All keys of a session have its hash tag.
 *
 * The hash: `state` is `kept`, `dropped` (rule R2) or `finished`; `request` and `instance` say who writes what for;
 * `first`, `last` number the events; `written` is the newest that a connection was given, `readAfter` where the present
 * one is, and `takeovers` counts them; `delivered` is when the end was.
 */

import { eventWeight, keepDeliveredMs, maxDropped, streamWeight } from './log-rules.ts';
import { clock, keep } from './redis-scripts.ts';

/** Names after the tag of the session, in the order of KEYS; then come the stream and its events. */
export const sessionKeys = ['session', 'streams', 'finished', 'dropped', 'broadcasts', 'weight'] as const;

/** Whoever hears of a broadcast hears of it within this time, or not at all. */
const keepBroadcastsMs = 60_000;

/** ARGV: clock, prefix, name. Every script has them. */
const logs = `${clock}${keep}
local session, streams, finished, dropped, broadcasts, weight, stream, log = unpack(KEYS)
local prefix, name = ARGV[2], ARGV[3]
local function get(...) return unpack(redis.call('HMGET', stream, ...)) end
local function field(entry, name)
  for i = 1, #entry[2], 2 do if entry[2][i] == name then return entry[2][i + 1] end end
end
local function numberOf(entry) return tonumber(string.match(entry[1], '^%d+')) end
local function id(number) return string.format('%d-0', number) end
local function sessionLives()
  local state, idle = unpack(redis.call('HMGET', session, 'state', 'idle'))
  -- Nothing is made for one that has ended.
  return not state or state == 'live', idle or 0
end
`;

/** \`forget(name, list)\`: a stream leaves its events, and is remembered by its name among so many (rule R2). */
const forget = `
local function forget(other, state, list)
  local its = prefix .. 'stream:' .. other
  redis.call('DEL', prefix .. 'log:' .. other)
  redis.call('DECRBY', weight, redis.call('HGET', its, 'weight'))
  redis.call('HSET', its, 'state', state, 'weight', 0)
  redis.call('ZADD', list, redis.call('ZSCORE', streams, other), other)
  keep(list, redis.call('HGET', session, 'idle') or 0)
  redis.call('ZREM', streams, other)
  if redis.call('ZCARD', list) > ${maxDropped} then
    redis.call('DEL', prefix .. 'stream:' .. redis.call('ZPOPMIN', list)[1])
  end
end
`;

/** `trim(…)`: what is too old or too much goes; the bounds are empty for one who does not know them. */
const trim = `
local function trim(maxEvents, maxBytes, maxSessionBytes)
  local first, number, total, readAfter, spare, maxAge = get('first', 'last', 'weight', 'readAfter', 'spare', 'maxAge')
  first, total, number = tonumber(first), tonumber(total), tonumber(number)
  local function oldest() return redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1] end
  local function dropOldest()
    local entry = oldest()
    local freed = #field(entry, 'json') + ${eventWeight}
    redis.call('XDEL', log, entry[1])
    redis.call('DECRBY', weight, freed)
    total, first = total - freed, numberOf(entry) + 1
  end
  -- The newest of all stays: of a request's stream it is the answer (rule R4).
  while first < number and oldest() and tonumber(field(oldest(), 'at')) <= now - maxAge do dropOldest() end
  if maxEvents ~= '' then
    while first < number and oldest() and (number - first + 1 > tonumber(maxEvents) or total > tonumber(maxBytes)) do
      -- What a connection has yet to read is spared for a while (rule E9).
      if readAfter ~= '' and first > tonumber(readAfter) and total <= tonumber(spare) then break end
      dropOldest()
    end
    local max = tonumber(maxSessionBytes)
    -- Over the bound of the session the oldest finished streams go first, then this one's oldest events.
    if tonumber(redis.call('GET', weight)) > max then
      for _, other in ipairs(redis.call('ZRANGE', streams, 0, -1)) do
        local its = prefix .. 'stream:' .. other
        if other ~= name and redis.call('HGET', its, 'ended') == '1' and tonumber(redis.call('GET', weight)) > max then
          local isLost = redis.call('HGET', its, 'request') ~= '' and redis.call('HGET', its, 'delivered') == ''
          if isLost then forget(other, 'dropped', dropped) else forget(other, 'finished', finished) end
        end
      end
      while first < number and oldest() and tonumber(redis.call('GET', weight)) > max do dropOldest() end
    end
  end
  redis.call('HSET', stream, 'first', first, 'weight', total)
end
`;

/** `noteReader(…)`: where the present connection is, or empty, and how much is spared for it. */
const noteReader = `
local function noteReader(readAfter, spare)
  redis.call('HSET', stream, 'readAfter', readAfter, 'spare', spare)
  if readAfter ~= '' and tonumber(readAfter) > tonumber(get('written')) then
    redis.call('HSET', stream, 'written', readAfter)
  end
end
`;

/** ARGV from 4: greatest age, request, instance, how many connections took it over. Set if absent: returns 1 if it was. */
export const open = `${logs}
local lives, idle = sessionLives()
if not lives or redis.call('EXISTS', stream) == 1 then return 0 end
redis.call('HSET', stream, 'state', 'kept', 'ended', 0, 'first', 1, 'last', 0, 'weight', ${streamWeight},
  'maxAge', ARGV[4], 'request', ARGV[5], 'instance', ARGV[6], 'written', 0, 'takeovers', ARGV[7], 'readAfter', '', 'spare', 0,
  'delivered', '')
local newest = redis.call('ZREVRANGE', streams, 0, 0, 'WITHSCORES')[2] or 0
redis.call('ZADD', streams, newest + 1, name)
redis.call('INCRBY', weight, ${streamWeight})
for _, key in ipairs({ streams, weight, stream }) do keep(key, idle) end
return 1
`;

/** What `append` returns instead of a number. */
export const notAppended = { refused: 0, thereAlready: -1, tooEarly: -2, noStream: -3 } as const;

/**
 * ARGV from 4: text, is last, broadcast, who writes, which of its appends, the one that has to be there before or 0,
 * then most events, bytes, and bytes of a session; these three empty for one who does not know them; then what the
 * reader was not noted of yet: how much is spared for it, or empty for nothing new, and where it is. Returns the number of
 * the event, or why it has none.
 *
 * A writer that had no answer appends once more, under the same number of its own. Each of its numbers is higher than
 * those before, and none is taken before those it was sent behind: so it is known by the highest what is there already,
 * also where Redis refused one of several that were under way.
 */
export const append = `${logs}${forget}${trim}${noteReader}
local text, isLast, broadcast, writer, nth, after = ARGV[4], ARGV[5] == '1', ARGV[6], ARGV[7], tonumber(ARGV[8]), tonumber(ARGV[9])
local knownWriter = 'by:' .. writer
local state, ended, before = get('state', 'ended', knownWriter)
before = tonumber(before or 0)
if state == 'kept' and before >= nth then return ${notAppended.thereAlready} end
local lives, idle = sessionLives()
if not state and lives then return ${notAppended.noStream} end
if state ~= 'kept' or ended == '1' or not lives then return ${notAppended.refused} end
if before < after then return ${notAppended.tooEarly} end
redis.call('HSET', stream, knownWriter, nth)
if broadcast ~= '' then
  redis.call('ZREMRANGEBYSCORE', broadcasts, '-inf', now - ${keepBroadcastsMs})
  if redis.call('ZADD', broadcasts, 'NX', now, broadcast) == 0 then return ${notAppended.refused} end
  keep(broadcasts, idle)
end
local number = redis.call('HINCRBY', stream, 'last', 1)
redis.call('XADD', log, id(number), 'at', now, 'json', text)
if isLast then redis.call('HSET', stream, 'ended', 1) end
redis.call('HINCRBY', stream, 'weight', #text + ${eventWeight})
redis.call('INCRBY', weight, #text + ${eventWeight})
-- What is spared for the reader is known before more comes.
if ARGV[13] ~= '' then noteReader(ARGV[14], ARGV[13]) end
trim(ARGV[10], ARGV[11], ARGV[12])
for _, key in ipairs({ stream, log, weight, streams }) do keep(key, idle) end
return number
`;

/** ARGV from 4: the number to read after, or \`unread\`; how many. Returns where it began, whether it ended, the last number, then numbers and texts. */
export const read = `${logs}
local state, ended, last, maxAge, written, delivered = get('state', 'ended', 'last', 'maxAge', 'written', 'delivered')
local cursor, most = ARGV[4] == 'unread' and (written or '0') or ARGV[4], tonumber(ARGV[5])
if state ~= 'kept' then return { tonumber(cursor), 1, tonumber(cursor) } end
local found = { tonumber(cursor), tonumber(ended), tonumber(last) }
local from = '(' .. cursor .. '-0'
while #found < 3 + 2 * most do
  local entries = redis.call('XRANGE', log, from, id(last), 'COUNT', most)
  if #entries == 0 then break end
  for _, entry in ipairs(entries) do
    local isKept = tonumber(field(entry, 'at')) > now - maxAge or numberOf(entry) == tonumber(last)
    if isKept and #found < 3 + 2 * most then
      table.insert(found, numberOf(entry))
      table.insert(found, field(entry, 'json'))
    end
    from = '(' .. entry[1]
  end
end
return found
`;

/** Returns its state, the request it is for, its last number and whether it has ended. */
export const find = `${logs}
local state, request, last, ended = get('state', 'request', 'last', 'ended')
return { state or 'missing', request or '', tonumber(last or 0), tonumber(ended or 1) }
`;

/** Returns how many connections took it over by now. */
export const takeOver = `${logs}
if redis.call('EXISTS', stream) == 0 then return 0 end
return redis.call('HINCRBY', stream, 'takeovers', 1)
`;

/** ARGV from 4: who writes, and which of its appends has to be there before or 0. */
export const end = `${logs}
if redis.call('EXISTS', stream) == 0 then return 1 end
if tonumber(get('by:' .. ARGV[4]) or 0) < tonumber(ARGV[5]) then return ${notAppended.tooEarly} end
redis.call('HSET', stream, 'ended', 1)
return 1
`;

/** ARGV from 4: where the reader is, or empty; how much is spared for it; is its end delivered; then the bounds. */
export const note = `${logs}${forget}${trim}${noteReader}
if get('state') ~= 'kept' then return 0 end
noteReader(ARGV[4], ARGV[5])
trim(ARGV[7], ARGV[8], ARGV[9])
if ARGV[6] == '1' then
  redis.call('HSET', stream, 'delivered', now)
  redis.call('PEXPIRE', log, ${keepDeliveredMs})
end
return 1
`;

/** Forgets the streams whose end was delivered some time ago. Returns how many more there are. */
export const sweep = `${logs}${forget}
local left = 0
for _, other in ipairs(redis.call('ZRANGE', streams, 0, -1)) do
  local delivered = redis.call('HGET', prefix .. 'stream:' .. other, 'delivered')
  if delivered and delivered ~= '' then
    if tonumber(delivered) <= now - ${keepDeliveredMs} then forget(other, 'finished', finished) else left = left + 1 end
  end
end
return left
`;

/** Forgets all streams of the session. */
export const drop = `${logs}
for _, list in ipairs({ streams, finished, dropped }) do
  for _, other in ipairs(redis.call('ZRANGE', list, 0, -1)) do
    redis.call('DEL', prefix .. 'stream:' .. other, prefix .. 'log:' .. other)
  end
end
redis.call('DEL', streams, finished, dropped, broadcasts, weight)
return 1
`;
