-- Removes a session. What plugins kept for it lies elsewhere: their names go to a list, from which they are taken when
-- that is removed, too. Gives whether there was one.
local function forget(base, id)
  local call = redis.call
  local inline = call('HGET', base .. 's:' .. id, 'inline')
  local there = call('DEL', base .. 's:' .. id)
  call('DEL', base .. 'e:' .. id)
  call('ZREM', base .. 'due', id)
  call('ZREM', base .. 'all', id)
  call('ZREM', base .. 'idle', id)
  if inline and call('HINCRBY', base .. 'inline', inline, -1) <= 0 then
    call('HDEL', base .. 'inline', inline)
  end
  local plugins = call('SMEMBERS', base .. 'k:' .. id)
  for _, plugin in ipairs(plugins) do call('SADD', base .. 'clean', plugin .. '/' .. id) end
  if #plugins > 0 then call('DEL', base .. 'k:' .. id) end
  if there == 1 then
    call('SPUBLISH', base .. 'c:' .. id, '{"root":0,"settled":true,"last":true,"events":[]}')
  end
  return there
end
