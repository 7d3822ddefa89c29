-- The generic cell rate algorithm (ITU-T I.371), as a leaky bucket that never needs to be emptied: the key holds the moment
-- at which the bucket will be empty. ARGV: requests a minute. Returns whether this one may pass, how many more may, and in
-- how many ms one more may (or this one, where it may not).
local per_minute = tonumber(ARGV[1])
local apart = 60000000 / per_minute
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local empty_at = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local wait = empty_at + apart - now - 60000000
if wait > 0.5 then
    return {0, 0, math.ceil(wait / 1000)}
end
empty_at = empty_at + apart
redis.call('SET', KEYS[1], string.format('%.0f', empty_at), 'PX', math.ceil((empty_at - now) / 1000))
local left = math.floor((60000000 - (empty_at - now)) / apart + 0.000001)
local next_one = left > 0 and 0 or math.max(0, math.ceil((empty_at + apart - now - 60000000) / 1000))
return {1, left, next_one}
