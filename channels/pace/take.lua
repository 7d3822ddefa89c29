-- Takes tokens for a batch of messages, or says when to ask again. All times are seconds of Redis's own clock.
-- KEYS: the buckets of the channel and of the provider, then of each mail host its bucket and how it was slowed.
-- ARGV: the moment (0: now), the furthest wait, the rates of channel, provider and each host (0: no limit), then for each
-- message the number of its host. Returns the waits in microseconds; 0: a token of every bucket is taken.
local moment, furthest = tonumber(ARGV[1]), tonumber(ARGV[2])
local hosts = (#KEYS - 2) / 2
local clock = redis.call('TIME')
local now = moment > 0 and moment or clock[1] + clock[2] / 1000000
local UNLIMITED_SLOWED, RECOVERY, NEARLY_ONE = 10, 0.05 / 60, 1 - 1e-6

-- A bucket that nobody knows holds one token: Redis may have been emptied a moment ago.
local function bucket(key, rate)
  if rate <= 0 then return nil end
  local known = redis.call('HMGET', key, 'tokens', 'at', 'last')
  local tokens, last = tonumber(known[1]) or 1, tonumber(known[3]) or now
  local passed = math.max(0, now - (tonumber(known[2]) or now))
  if last > now + furthest then last = now end
  return {key = key, rate = rate, tokens = math.min(math.max(rate, 1), tokens + passed * rate), last = math.max(last, now)}
end

local function host(number)
  local slowed = redis.call('HMGET', KEYS[2 + 2 * number], 'factor', 'at', 'until')
  local rate = tonumber(ARGV[4 + number])
  if slowed[1] then
    local factor = tonumber(slowed[1]) + math.max(0, now - tonumber(slowed[2])) * RECOVERY
    if factor < 1 then rate = (rate > 0 and rate or UNLIMITED_SLOWED) * factor end
  end
  return bucket(KEYS[1 + 2 * number], rate), tonumber(slowed[3] or 0)
end

-- The next moment that is given to nobody else. Too far away, the moments are dealt out anew from the first one on.
local function turn(b)
  local first = now + math.max(0, 1 - b.tokens) / b.rate
  local at = math.max(first, b.last + 1 / b.rate)
  if at - now > furthest then at = first end
  b.last = at
  return at - now
end

local shared, of_host, kept, waits = {}, {}, {}, {}
for place = 1, 2 do
  shared[#shared + 1] = bucket(KEYS[place], tonumber(ARGV[2 + place]))
end
for _, b in ipairs(shared) do kept[#kept + 1] = b end
for number = 1, hosts do
  local own, paused = host(number)
  of_host[number] = {paused = paused, unpack(shared)}
  if own then
    table.insert(of_host[number], own)
    table.insert(kept, own)
  end
end

for i = 5 + hosts, #ARGV do
  local asked = of_host[tonumber(ARGV[i])]
  local wait = math.max(0, asked.paused - now)
  for place = 1, #asked do
    if asked[place].tokens < NEARLY_ONE then wait = math.max(wait, turn(asked[place])) end
  end
  if wait == 0 then
    for place = 1, #asked do asked[place].tokens = asked[place].tokens - 1 end
  end
  waits[#waits + 1] = math.ceil(wait * 1000000)
end

for _, b in ipairs(kept) do
  redis.call('HSET', b.key, 'tokens', string.format('%.6f', b.tokens), 'at', string.format('%.6f', now),
             'last', string.format('%.6f', b.last))
  redis.call('EXPIRE', b.key, math.ceil(math.max(1, 1 / b.rate) + b.last - now) + 1)
end
return waits
