-- KEYS: the hosts. ARGV: who is alive, for how many milliseconds more. Gives all that are, by the server's clock.
local function beat(keys, args)
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('ZREMRANGEBYSCORE', keys[1], '-inf', now)
  redis.call('ZADD', keys[1], now + args[2], args[1])
  return redis.call('ZRANGE', keys[1], 0, -1)
end
