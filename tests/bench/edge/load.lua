-- What wrk sends: the requests of a prepared list. `cycle` goes round and round; `once` ends with
-- the list (a token is revoked once); `chain` sends what an answer gave, as a rotating client does.
-- Arguments: the way, the head, the body before the item, the file of items (one a line).

local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long sec; long usec; } bench_moment;
  int gettimeofday(bench_moment *moment, void *zone);
]]

local moment = ffi.new("bench_moment")
local function now()
  ffi.C.gettimeofday(moment, nil)
  return tonumber(moment.sec) + tonumber(moment.usec) / 1e6
end

local function read(name)
  local file = assert(io.open(name, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local head, prefix
local items, first, last = {}, 1, 0

local function message(item)
  if item == "" and prefix == "" then return head .. "\r\n" end
  local length = #prefix + #item
  return head .. "Content-Length: " .. length .. "\r\n\r\n" .. prefix .. item
end

local the_thread
function setup(thread) the_thread = thread end

function init(args)
  local way = args[1]
  head, prefix = read(args[2]), read(args[3])
  for line in io.lines(args[4]) do
    last = last + 1
    items[last] = line
  end
  began, ended, is_out = now(), 0, 0
  if way == "cycle" then cycle() elseif way == "once" then once() else chain() end
end

function cycle()
  for place = 1, last do items[place] = message(items[place]) end
  local place = 0
  request = function()
    place = place % last + 1
    return items[place]
  end
end

local function finish()
  if ended == 0 then ended, is_out = now(), 1 end
  wrk.thread:stop()
  return message(items[1])
end

function once()
  local place = 0
  request = function()
    place = place + 1
    if place > last then return finish() end
    return message(items[place])
  end
end

function chain()
  request = function()
    if first > last then return finish() end
    local item = items[first]
    items[first] = nil
    first = first + 1
    return message(item)
  end
  response = function(status, headers, body)
    local fresh = body:match('"refresh_token":%s*"([^"]+)"')
    if fresh then
      last = last + 1
      items[last] = fresh
    end
  end
end

function done(summary, latency)
  local seconds = summary.duration / 1e6
  if the_thread:get("is_out") == 1 then
    seconds = the_thread:get("ended") - the_thread:get("began")
  end
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "seconds": %.4f, "p50": %.4f, "p99": %.4f, "statuses": %d, ' ..
    '"broken": %d, "is_out": %s}\n',
    summary.requests, seconds, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    the_thread:get("is_out") == 1 and "true" or "false"))
end
