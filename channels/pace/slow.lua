-- A mail host said that it is too much: nothing for some seconds, then half as fast, and slowly faster again.
-- Answers that come while it is left alone anyway tell nothing new. KEYS: how the host was slowed. ARGV: the moment (0: now),
-- the seconds.
local moment, seconds = tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = moment > 0 and moment or clock[1] + clock[2] / 1000000
local RECOVERY, LEAST = 0.05 / 60, 1 / 64
local known = redis.call('HMGET', KEYS[1], 'factor', 'at', 'until')
local factor, paused = tonumber(known[1]) or 1, tonumber(known[3]) or 0
if paused <= now then
  factor = math.min(1, factor + math.max(0, now - (tonumber(known[2]) or now)) * RECOVERY)
  factor = math.max(LEAST, factor / 2)
end
paused = math.max(paused, now + seconds)
redis.call('HSET', KEYS[1], 'factor', string.format('%.6f', factor), 'at', string.format('%.6f', now),
           'until', string.format('%.6f', paused))
redis.call('EXPIRE', KEYS[1], math.ceil(paused - now + (1 - factor) / RECOVERY) + 1)
return 1
