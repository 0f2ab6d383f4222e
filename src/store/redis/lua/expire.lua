-- Looks at candidates of a shard: each is removed, or moved to where it is looked at again. KEYS: the shard's `idle`.
-- ARGV: before, then ids. Gives those that were removed.
local function expire(keys, args)
  local base, before = string.sub(keys[1], 1, -5), tonumber(args[1])
  local gone = {}
  for at = 2, #args do
    local id = args[at]
    local found = redis.call('HMGET', base .. 's:' .. id, 'about', 'due')
    local updated = found[1] and tonumber(string.match(found[1], '^{"updated_at":(-?%d+)'))
    if not updated then
      redis.call('ZREM', keys[1], id)
    elseif updated >= before then
      redis.call('ZADD', keys[1], 'XX', updated, id)
    elseif found[2] then
      -- It waits. The turn that ends that will be later than `before`.
      redis.call('ZADD', keys[1], 'XX', before, id)
    else
      forget(base, id)
      gone[#gone + 1] = id
    end
  end
  return gone
end
