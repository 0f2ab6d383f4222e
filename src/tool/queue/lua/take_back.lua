-- Takes a job of the list protocol back. KEYS: the list, the job's mark. ARGV: the job. 1 when no worker ever had it.
if redis.call('DEL', KEYS[2]) == 0 then return 0 end
return redis.call('LREM', KEYS[1], 1, ARGV[1])
