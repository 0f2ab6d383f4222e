-- Removes what was kept for a session that is gone. KEYS: the session. ARGV: its id. Gives whether it is.
local function gone(keys, args)
  if redis.call('EXISTS', keys[1]) == 1 then return 0 end
  forget(string.sub(keys[1], 1, -#args[1] - 3), args[1])
  return 1
end
