/** Responses that whoever asked has yet to read: a hash of them by the id of their question, and when each came. */

import { clock } from './redis-scripts.ts';
import { keepAnswerMs, maxAnswers } from './session-rules.ts';

/** ARGV: clock, -, question, response. Set if absent. */
export const keepAnswer = `${clock}
local session, answers, times = KEYS[1], KEYS[8], KEYS[9]
if redis.call('HGET', session, 'state') ~= 'live' then return 0 end
for _, old in ipairs(redis.call('ZRANGE', times, '-inf', now - ${keepAnswerMs}, 'BYSCORE')) do
  redis.call('HDEL', answers, old)
  redis.call('ZREM', times, old)
end
if redis.call('HSETNX', answers, ARGV[3], ARGV[4]) == 1 then
  -- Behind all others, also of the same millisecond.
  local newest = redis.call('ZREVRANGE', times, 0, 0, 'WITHSCORES')[2] or 0
  redis.call('ZADD', times, math.max(now, newest + 0.001), ARGV[3])
end
while redis.call('ZCARD', times) > ${maxAnswers} do redis.call('HDEL', answers, redis.call('ZPOPMIN', times)[1]) end
for _, key in ipairs({ answers, times }) do redis.call('PEXPIRE', key, ${keepAnswerMs}) end
return 1
`;

/** ARGV: clock, -, question. */
export const readAnswer = `${clock}
local at = redis.call('ZSCORE', KEYS[9], ARGV[3])
return at and tonumber(at) > now - ${keepAnswerMs} and redis.call('HGET', KEYS[8], ARGV[3])
`;

/** ARGV: -, -, question. */
export const dropAnswer = `
redis.call('ZREM', KEYS[9], ARGV[3])
return redis.call('HDEL', KEYS[8], ARGV[3])
`;
