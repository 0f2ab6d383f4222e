-- Keeps the stream of a host's answers while the host lives. KEYS: the stream.
-- ARGV: the last entry that was read, how long it outlives the host (ms).
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('XADD', KEYS[1], '*', 'opened', '1') end
redis.call('XTRIM', KEYS[1], 'MINID', ARGV[1])
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
