-- KEYS: the session. ARGV: its id. Gives whether there was one.
local function delete(keys, args)
  return forget(string.sub(keys[1], 1, -#args[1] - 3), args[1])
end
