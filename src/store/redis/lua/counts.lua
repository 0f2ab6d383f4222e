-- Counts. KEYS: the counts of a flow. ARGV: what and how often more, and so on.
local function count_more(keys, args)
  for at = 1, #args, 2 do redis.call('HINCRBY', keys[1], args[at], args[at + 1]) end
  return 1
end
