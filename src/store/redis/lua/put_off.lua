-- KEYS: the session. ARGV: its id, the seq that its log must end at, the moment.
local function put_off(keys, args)
  local found = redis.call('HMGET', keys[1], 'seq', 'due')
  if found[1] ~= args[2] or not found[2] then return 0 end
  redis.call('HSET', keys[1], 'due', args[3])
  redis.call('ZADD', string.sub(keys[1], 1, -#args[1] - 3) .. 'due', args[3], args[1])
  return 1
end
