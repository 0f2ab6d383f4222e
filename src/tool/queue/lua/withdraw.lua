-- Takes a job back. KEYS: the tool's jobs, the job's mark. ARGV: group. 1 when no worker ever had it.
local entry = redis.call('GETDEL', KEYS[2])
if not entry then return 0 end
local function parts(id)
  local ms, number = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(number)
end
local ms, number = parts(entry)
local untouched = 0
local groups = redis.pcall('XINFO', 'GROUPS', KEYS[1])
if not groups.err then
  for _, group in ipairs(groups) do
    local of = {}
    for at = 1, #group, 2 do of[group[at]] = group[at + 1] end
    if of['name'] == ARGV[1] then
      local last_ms, last_number = parts(of['last-delivered-id'])
      if last_ms < ms or (last_ms == ms and last_number < number) then untouched = 1 end
    end
  end
  redis.pcall('XACK', KEYS[1], ARGV[1], entry)
end
return redis.call('XDEL', KEYS[1], entry) == 1 and untouched or 0
