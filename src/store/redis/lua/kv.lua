-- What a plugin keeps: a hash for each of its spaces (`v:` for the plugin, `v:<session>`), the times of those values
-- that have one (`t`), and how much there is (`u`). A value whose time is over is never given out.
local function kv_base(keys) return string.sub(keys[1], 1, -2) end

-- Removes a value, and counts it out.
local function kv_drop(base, session, key)
  local space = base .. 'v:' .. session
  local bytes = redis.call('HSTRLEN', space, key) + #key
  if redis.call('HDEL', space, key) == 0 then return 0 end
  redis.call('ZREM', base .. 't', session .. '/' .. key)
  redis.call('HINCRBY', base .. 'u', 'bytes', -bytes)
  if redis.call('HINCRBY', base .. 'u', 'keys', -1) <= 0 then redis.call('DEL', base .. 'u') end
  return 1
end

-- Removes so many of those whose time is over.
local function kv_over(base, now, most)
  local over = redis.call('ZRANGEBYSCORE', base .. 't', '-inf', now, 'LIMIT', 0, most)
  for _, member in ipairs(over) do
    local session, key = string.match(member, '^([^/]*)/(.*)$')
    if kv_drop(base, session, key) == 0 then redis.call('ZREM', base .. 't', member) end
  end
  return #over
end

-- The value, and until when.
local function kv_find(base, session, key, now)
  local value = redis.call('HGET', base .. 'v:' .. session, key)
  if not value then return nil end
  local till = redis.call('ZSCORE', base .. 't', session .. '/' .. key)
  if till and tonumber(till) <= tonumber(now) then return nil end
  return value, till
end

-- The bound that the plugin would be over. What does not grow is always fine.
local function kv_excess(base, session, key, value, quota)
  local used = redis.call('HMGET', base .. 'u', 'keys', 'bytes')
  local space = base .. 'v:' .. session
  local old, there = 0, redis.call('HEXISTS', space, key) == 1
  if there then old = redis.call('HSTRLEN', space, key) + #key end
  if not there and tonumber(used[1] or 0) >= quota.keys then return 'keys' end
  local new = #value + #key
  if new > old and tonumber(used[2] or 0) - old + new > quota.bytes then return 'bytes' end
  return nil
end

local function kv_put(base, session, key, value, till, quota, now)
  if #value > quota.value then return 'large' end
  local excess = kv_excess(base, session, key, value, quota)
  if excess then
    while kv_over(base, now, 100) == 100 do end
    excess = kv_excess(base, session, key, value, quota)
    if excess then return excess end
  end
  -- More than it adds, so that they do not pile up.
  kv_over(base, now, 4)
  kv_drop(base, session, key)
  redis.call('HSET', base .. 'v:' .. session, key, value)
  redis.call('HINCRBY', base .. 'u', 'keys', 1)
  redis.call('HINCRBY', base .. 'u', 'bytes', #value + #key)
  if till then redis.call('ZADD', base .. 't', till, session .. '/' .. key) end
  return 'ok'
end

-- ARGV of all that write: session ('' is the plugin's own), key, now, till ('' is no end), bytes of a value, of all
-- values, keys, …
local function kv_quota(args)
  return {value = tonumber(args[5]), bytes = tonumber(args[6]), keys = tonumber(args[7])}
end

local function kv_till(args)
  if args[4] ~= '' then return args[4] end
  return nil
end

-- KEYS of all: the plugin's `u`.
local function kv_get(keys, args)
  return (kv_find(kv_base(keys), args[1], args[2], args[3])) or false
end

local function kv_set(keys, args)
  return kv_put(kv_base(keys), args[1], args[2], args[8], kv_till(args), kv_quota(args), args[3])
end

local function kv_delete(keys, args)
  local base = kv_base(keys)
  local there = kv_find(base, args[1], args[2], args[3]) ~= nil
  kv_drop(base, args[1], args[2])
  return there and 1 or 0
end

-- The tag of a call that must not be done twice, and for how many milliseconds it is known: what it came to is kept as
-- long, for when its answer was lost on the way.
local function kv_before(base, tag) return redis.call('GET', base .. 'o:' .. tag) end

local function kv_done(base, tag, ms, said)
  redis.call('SET', base .. 'o:' .. tag, said, 'PX', ms)
  return said
end

local function kv_swap(keys, args)
  local base = kv_base(keys)
  local before = kv_before(base, args[11])
  if before then return before end
  local value = kv_find(base, args[1], args[2], args[3])
  local expected = nil
  if args[9] == '1' then expected = args[10] end
  if value ~= expected then return 'other' end
  local put = kv_put(base, args[1], args[2], args[8], kv_till(args), kv_quota(args), args[3])
  if put ~= 'ok' then return put end
  return kv_done(base, args[11], args[12], put)
end

-- Lua's numbers are too small to add with; the server's are not.
local function kv_add(keys, args)
  local base = kv_base(keys)
  local before = kv_before(base, args[9])
  if before then return before end
  local value, till = kv_find(base, args[1], args[2], args[3])
  value = string.gsub(value or '0', '^%+(%d)', '%1')
  value = string.gsub(string.gsub(value, '^(-?)0+(%d)', '%1%2'), '^-0$', '0')
  redis.call('SET', base .. 'n', value)
  local done = redis.pcall('INCRBY', base .. 'n', args[8])
  local sum = redis.call('GET', base .. 'n')
  redis.call('DEL', base .. 'n')
  if type(done) == 'table' and done.err then return 'number' end
  local put = kv_put(base, args[1], args[2], sum, kv_till(args) or till, kv_quota(args), args[3])
  if put ~= 'ok' then return put end
  return kv_done(base, args[9], args[10], '=' .. sum)
end

-- Removes what a session had. ARGV: the session.
local function kv_forget(keys, args)
  local base = kv_base(keys)
  for _, key in ipairs(redis.call('HKEYS', base .. 'v:' .. args[1])) do kv_drop(base, args[1], key) end
  return 1
end

-- Removes values whose time was over. ARGV: by when, how many.
local function kv_expire(keys, args)
  return kv_over(kv_base(keys), args[1], args[2])
end
