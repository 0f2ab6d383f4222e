-- Keeps a flow version. KEYS: the definitions, when inline ones were put. ARGV: `id@version`, definition, whether it is
-- inline.
local function flow_put(keys, args)
  redis.call('HSETNX', keys[1], args[1], args[2])
  if args[3] == '1' then redis.call('ZADD', keys[2], redis.call('TIME')[1], args[1]) end
  return 1
end

-- Removes an inline flow that no session is on, unless it was put again. KEYS: as above. ARGV: `id@version`, whether
-- sessions are on it, an hour.
local function flow_drop(keys, args)
  local now, put = redis.call('TIME')[1], redis.call('ZSCORE', keys[2], args[1])
  if not put or tonumber(put) >= now - args[3] then return 0 end
  if args[2] == '1' then
    redis.call('ZADD', keys[2], now, args[1])
    return 0
  end
  redis.call('ZREM', keys[2], args[1])
  return redis.call('HDEL', keys[1], args[1])
end

-- Inline flows that were put more than so many seconds ago. KEYS: as above. ARGV: seconds, how many.
local function flow_old(keys, args)
  local last = redis.call('TIME')[1] - args[1] - 1
  return redis.call('ZRANGEBYSCORE', keys[2], '-inf', last, 'LIMIT', 0, args[2])
end

-- Keeps a publication. KEYS: as below.
local function published(keys, flow, version, note)
  local number = redis.call('HINCRBY', keys[3], flow, 1)
  redis.call('HSET', keys[4], number .. ':' .. flow, version .. '|' .. note)
end

-- Says what new sessions begin on. KEYS: the active versions, the epoch, how many publications each flow has, what they
-- were, what some begin on. ARGV: the epoch that it is said in, a note, then flow and version ('' is none), and so on. Gives the epoch that is,
-- or nothing if that of the call is over.
local function activate(keys, args)
  local epoch = redis.call('GET', keys[2]) or '0'
  if epoch ~= args[1] then return false end
  local changed = false
  for at = 3, #args, 2 do
    local flow, version = args[at], args[at + 1]
    local old = redis.call('HGET', keys[1], flow) or ''
    if old ~= version then
      changed = true
      if version == '' then
        redis.call('HDEL', keys[1], flow)
      else
        redis.call('HSET', keys[1], flow, version)
      end
      redis.call('HDEL', keys[5], flow)
      published(keys, flow, version, args[2])
    end
  end
  if changed then return redis.call('INCR', keys[2]) end
  return tonumber(epoch)
end

-- Says what some new sessions of a flow begin on. KEYS: as above. ARGV: the epoch that it is said in, a note, flow, version,
-- what of it ('' ends it). Gives what `activate` gives.
local function roll_out(keys, args)
  local epoch = redis.call('GET', keys[2]) or '0'
  if epoch ~= args[1] then return false end
  if args[5] == '' then
    redis.call('HDEL', keys[5], args[3])
  else
    redis.call('HSET', keys[5], args[3], args[5])
  end
  published(keys, args[3], args[4], args[2])
  return redis.call('INCR', keys[2])
end

-- What new sessions begin on: the epoch, then flow and version, and so on, then flow and what some begin on, and so on.
-- KEYS: the active versions, the epoch, what some begin on.
local function active(keys, args)
  return {redis.call('GET', keys[2]) or '0', redis.call('HGETALL', keys[1]), redis.call('HGETALL', keys[3])}
end
