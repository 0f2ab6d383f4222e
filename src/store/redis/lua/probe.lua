-- Does what the others do, and leaves nothing: who lacks a right learns it at the start. KEYS: a place to do it.
local function probe(keys)
  local key, call = keys[1], redis.call
  call('DEL', key)
  call('HSET', key, 'a', '1')
  call('HMGET', key, 'a')
  call('HINCRBY', key, 'a', 1)
  call('HDEL', key, 'a')
  call('XADD', key, 'MAXLEN', '~', 1, '1-0', 'a', '1')
  call('XRANGE', key, '-', '+', 'COUNT', 1)
  call('DEL', key)
  call('ZADD', key, 1, 'a')
  call('ZRANGEBYSCORE', key, '-inf', 1)
  call('ZREM', key, 'a')
  call('SADD', key, 'a')
  call('SMEMBERS', key)
  call('DEL', key)
  call('SET', key, '1')
  call('INCRBY', key, 1)
  call('DEL', key)
  call('SPUBLISH', key, '')
  return 1
end
