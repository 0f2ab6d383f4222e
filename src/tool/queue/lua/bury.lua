-- Puts jobs that no worker finishes among the dead letters. KEYS: the tool's jobs, its dead letters.
-- ARGV: group, how long a silent worker may have a job (ms), most deliveries, now (ms), most dead letters.
-- Gives for each: where its answer goes, its id, how often it was handed out.
local buried = {}
local silent = redis.pcall('XPENDING', KEYS[1], ARGV[1], 'IDLE', ARGV[2], '-', '+', 100)
if silent.err then return buried end
for _, one in ipairs(silent) do
  local entry, worker, deliveries = one[1], one[2], one[4]
  local found = redis.call('XRANGE', KEYS[1], entry, entry)[1]
  local fields = found and found[2] or {}
  local of = {}
  for at = 1, #fields, 2 do of[fields[at]] = fields[at + 1] end
  local over = not found or (tonumber(of['deadline']) or 0) < tonumber(ARGV[4])
  local given_up = found and deliveries >= tonumber(ARGV[3])
  if given_up then
    fields[#fields + 1] = 'reason'
    fields[#fields + 1] = 'handed out ' .. deliveries .. ' times and not finished, last by ' .. worker
    redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[5], '*', unpack(fields))
    buried[#buried + 1] = { of['reply'] or '', of['id'] or '', tostring(deliveries) }
  end
  if given_up or over then
    redis.call('XACK', KEYS[1], ARGV[1], entry)
    redis.call('XDEL', KEYS[1], entry)
  end
end
return buried
