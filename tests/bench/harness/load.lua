-- The load: one request after the other on each connection, each with a JSON-RPC id that was never used before. Its
-- text comes from the environment, with {id} and {session} where those stand.

local text = os.getenv('BENCH_REQUEST')
local id = tonumber(os.getenv('BENCH_FIRST_ID'))
local limit = tonumber(os.getenv('BENCH_LIMIT') or '')

local sessions = {}
for session in string.gmatch(os.getenv('BENCH_SESSIONS') or '', '[^,]+') do sessions[#sessions + 1] = session end
for n = 1, tonumber(os.getenv('BENCH_COUNTED_SESSIONS') or '0') do sessions[n] = string.format('session-%09d', n) end

local function split(whole, mark)
  local from, to = string.find(whole, mark, 1, true)
  if not from then return whole, nil end
  return string.sub(whole, 1, from - 1), string.sub(whole, to + 1)
end

local head, tail = split(text, '{id}')
local start, rest = split(head, '{session}')

if rest then
  -- Far apart in the order in which they were opened, so that no cache helps.
  local at, stride = 0, 7919
  function request()
    id = id + 1
    at = (at + stride) % #sessions
    return start .. sessions[at + 1] .. rest .. id .. tail
  end
else
  function request()
    id = id + 1
    return head .. id .. tail
  end
end

local function say(requests, micros, refused, lost)
  io.write(string.format('\nBENCH {"requests":%d,"micros":%d,"refused":%d,"lost":%d}\n', requests, micros, refused, lost))
  io.flush()
end

if limit then
  local answered, refused = 0, 0
  function response(status)
    answered = answered + 1
    if status >= 400 then refused = refused + 1 end
    if answered < limit then return end
    -- wrk itself would go on to wait for the end of its time. Nobody asks how long this took.
    say(answered, 1, refused, 0)
    os.exit(0)
  end
end

function done(summary)
  local errors = summary.errors
  say(summary.requests, summary.duration, errors.status, errors.connect + errors.read + errors.write + errors.timeout)
end
