-- Keeps a draft where the one with the expected hash is, or none. Again is once. KEYS: the drafts. ARGV: the flow, the
-- expected hash ('' is none), the hash, the draft.
local function draft_put(keys, args)
  local old = redis.call('HGET', keys[1], args[1]) or '|'
  local hash = string.match(old, '^[^|]*')
  if hash ~= args[2] and hash ~= args[3] then return 0 end
  redis.call('HSET', keys[1], args[1], args[3] .. '|' .. args[4])
  return 1
end

-- Removes a draft. KEYS: the drafts. ARGV: the flow, the expected hash ('' is any).
local function draft_delete(keys, args)
  local old = redis.call('HGET', keys[1], args[1])
  if not old or (args[2] ~= '' and string.match(old, '^[^|]*') ~= args[2]) then return 0 end
  return redis.call('HDEL', keys[1], args[1])
end
