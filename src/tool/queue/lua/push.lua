-- Hands in a job of the list protocol once, however often it is asked for. KEYS: the list, the job's mark.
-- ARGV: most jobs, how long the mark is kept (ms), the job.
if redis.call('EXISTS', KEYS[2]) == 1 then return 1 end
if redis.call('LLEN', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('LPUSH', KEYS[1], ARGV[3])
redis.call('SET', KEYS[2], '1', 'PX', ARGV[2])
return 1
