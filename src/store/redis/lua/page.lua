-- A part of a log, as it is at one moment. KEYS: the session, its log. ARGV: the seq before it, events, bytes.
-- Gives the head, the seq of the first event that is kept, and the entries: whole turns, as many as are needed.
local function page(keys, args)
  local call = redis.call
  local head = call('HGET', keys[1], 'seq')
  if not head then return false end
  local oldest = call('XRANGE', keys[2], '-', '+', 'COUNT', 1)[1]
  local first = '0'
  if oldest then
    for at = 1, #oldest[2], 2 do
      local name = oldest[2][at]
      if name ~= 'tag' and name ~= 'turn' then
        first = name
        break
      end
    end
  end
  local entries, events, bytes = {}, 0, 0
  local after, most, room = args[1] .. '-0', tonumber(args[2]), tonumber(args[3])
  while events < most and bytes <= room do
    local some = call('XRANGE', keys[2], '(' .. after, '+', 'COUNT', 32)
    for _, entry in ipairs(some) do
      entries[#entries + 1] = entry
      events = events + math.floor(#entry[2] / 2) - 1
      -- The first may begin before what is asked for, and counts for nothing.
      if #entries > 1 then
        for at = 2, #entry[2], 2 do bytes = bytes + #entry[2][at] end
      else
        events = 0
      end
      if events >= most or bytes > room then break end
    end
    if #some < 32 then break end
    after = some[32][1]
  end
  return {head, first, entries}
end
