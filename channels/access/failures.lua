-- One more wrong key of KEYS[1]; the lock is KEYS[2]. ARGV: how many are borne, the window, the first lock, the longest (ms).
-- Returns for how long it is locked now, in ms; 0: not.
local count = redis.call('INCR', KEYS[1])
local most, window = tonumber(ARGV[1]), tonumber(ARGV[2])
redis.call('PEXPIRE', KEYS[1], window)
if count < most then
    return 0
end
local lock = math.min(tonumber(ARGV[3]) * 2 ^ math.min(count - most, 30), tonumber(ARGV[4]))
redis.call('SET', KEYS[2], 1, 'PX', lock)
redis.call('PEXPIRE', KEYS[1], window + lock)
return lock
