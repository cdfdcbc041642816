/**
 * The requests that run in one session: a hash of its own, with a field `<instance>:<number>` for each, and the request's
 * id, encoded, as its value.
 */

import { clock, keep } from './redis-scripts.ts';
import { renewIt, touch } from './redis-session-scripts.ts';

const runs = `${clock}${keep}
local session, running = KEYS[1], KEYS[7]
-- Each instance once, of the runs for which \`counts\` holds.
local function instances(counts)
  local known, list = {}, {}
  local all = redis.call('HGETALL', running)
  for i = 1, #all, 2 do
    local instance = string.match(all[i], '^(.*):%d+$')
    if counts(all[i + 1]) and not known[instance] then
      known[instance] = true
      table.insert(list, instance)
    end
  end
  return list
end
`;

/** ARGV: clock, -, most at a time, are ids unique, then fields and values. Returns what it is called, and what is in its way. */
export const begin = `${runs}
local state, idle = unpack(redis.call('HMGET', session, 'state', 'idle'))
if state ~= 'live' then return { 'begun' } end
if ARGV[4] == '1' then
  for i = 5, #ARGV, 2 do
    local same = instances(function(request) return request == ARGV[i + 1] end)
    if #same > 0 then return { 'duplicate', same, ARGV[i + 1] } end
  end
end
if redis.call('HLEN', running) + (#ARGV - 4) / 2 > tonumber(ARGV[3]) then
  return { 'full', instances(function() return true end) }
end
redis.call('HSET', running, unpack(ARGV, 5))
keep(running, idle)
return { 'begun' }
`;

/** ARGV: clock, -, the instance, then numbers; without any, all of that instance. */
export const finish = `${runs}
for i = 4, #ARGV do redis.call('HDEL', running, ARGV[3] .. ':' .. ARGV[i]) end
if #ARGV > 3 then return 1 end
for _, field in ipairs(redis.call('HKEYS', running)) do
  if string.match(field, '^(.*):%d+$') == ARGV[3] then redis.call('HDEL', running, field) end
end
return 1
`;

/** ARGV: clock, prefix, the instance, then numbers, whose session is used until now. */
export const finishAndRenew = `${runs}${touch}
for i = 4, #ARGV do redis.call('HDEL', running, ARGV[3] .. ':' .. ARGV[i]) end
${renewIt}`;
