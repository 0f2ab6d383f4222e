-- Hands in a job once, however often it is asked for. KEYS: the tool's jobs, the job's mark.
-- ARGV: group, most jobs, the oldest id that is of use, how long the mark is kept (ms), then fields of the job.
if redis.call('EXISTS', KEYS[2]) == 1 then return 1 end
redis.call('XTRIM', KEYS[1], 'MINID', ARGV[3])
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
-- The group may be there already.
redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')
local entry = redis.call('XADD', KEYS[1], '*', unpack(ARGV, 5))
redis.call('SET', KEYS[2], entry, 'PX', ARGV[4])
return 1
