-- A turn: all of it or nothing. KEYS: the session, its log, the shard's firehose.
-- ARGV: id, expected seq, tag of the turn before ('' is any), tag, seq of the last event, data, about, due ('' is none),
-- updated_at, inline flow ('' is none), what the published turn begins with, turns the firehose keeps, turns the log
-- keeps (0 is all), then a name and a value for each event: its seq and its JSON (or `turn` and the number of those
-- that follow).
-- Gives 1 when it is stored, 2 when it was stored by an earlier sending of it, 0 when the log ends elsewhere.
local function commit(keys, args)
  local session, log, id, tag, head = keys[1], keys[2], args[1], args[4], args[5]
  local call = redis.call
  local old = call('HMGET', session, 'seq', 'tag', 'due', 'inline')
  local seq = old[1]
  if (seq or '0') ~= args[2] or (args[3] ~= '' and old[2] ~= args[3]) then
    if not seq then return 0 end
    if old[2] == tag then return 2 end
    -- Another turn may have come on top of it before it was sent again.
    local entry = call('XRANGE', log, head .. '-0', head .. '-0')[1]
    if entry and entry[2][2] == tag then return 2 end
    return 0
  end
  local base = string.sub(session, 1, -#id - 3)

  -- First what can fail.
  if args[13] == '0' then
    call('XADD', log, head .. '-0', 'tag', tag, unpack(args, 14))
  else
    call('XADD', log, 'MAXLEN', '~', args[13], head .. '-0', 'tag', tag, unpack(args, 14))
  end
  call('HSET', session, 'seq', head, 'tag', tag, 'data', args[6], 'about', args[7])

  local due = args[8]
  if due ~= (old[3] or '') then
    if due == '' then
      call('HDEL', session, 'due')
      call('ZREM', base .. 'due', id)
    else
      call('HSET', session, 'due', due)
      call('ZADD', base .. 'due', due, id)
    end
  end
  if not seq then
    call('ZADD', base .. 'all', 0, id)
    call('ZADD', base .. 'idle', args[9], id)
  end
  local inline = args[10]
  if inline ~= (old[4] or '') then
    if old[4] and call('HINCRBY', base .. 'inline', old[4], -1) <= 0 then
      call('HDEL', base .. 'inline', old[4])
    end
    if inline == '' then
      call('HDEL', session, 'inline')
    else
      call('HSET', session, 'inline', inline)
      call('HINCRBY', base .. 'inline', inline, 1)
    end
  end

  if args[12] ~= '0' then
    call('XADD', keys[3], 'MAXLEN', '~', args[12], '*', 'session', id, unpack(args, 14))
  end
  local told, n = {args[11]}, 1
  for at = 14, #args, 2 do
    if args[at] ~= 'turn' then
      told[n + 1], told[n + 2] = args[at + 1], ','
      n = n + 2
    end
  end
  told[n] = ']}'
  -- Put together at once: each longer text on the way would be hashed by Lua.
  call('SPUBLISH', base .. 'c:' .. id, table.concat(told))
  return 1
end
