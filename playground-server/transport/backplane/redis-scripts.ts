/** What the Lua scripts of the Redis store share. Each begins with the clock: the server's, unless a test brings its own. */

/** How long a key outlives what it is about, should nobody remove it. */
const hourMs = 3_600_000;

/** `now`: milliseconds. `ARGV[1]` is 0, or the time to go by. */
export const clock = `
local now = tonumber(ARGV[1])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
`;

/**
 * `keep(key, idle)`: a key goes by itself when nobody touches it, in case no process is left that could remove it: an
 * hour after it has lost its meaning, and never earlier than it would have. An empty `idle` means never.
 */
export const keep = `
local function keep(key, idle)
  if idle == '' then return redis.call('PERSIST', key) end
  local left = redis.call('PTTL', key)
  -- -1: it has been found to stay for ever, or is new.
  redis.call('PEXPIRE', key, math.max(tonumber(idle) + ${hourMs}, left))
end
`;
