"""What Redis runs, each script at once and by its own clock, in microseconds."""

from __future__ import annotations

# KEYS: one for each limit. ARGV: the lease, how long it holds, and for each limit its kind, its
# most, and its length. Gives the number of the limit that refused, or 0, and for each what is left
# and the wait. Nothing is written unless all agree.
ADMIT = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local refused, told, full = 0, {}, {}
for i, key in ipairs(KEYS) do
  local kind, most, length = ARGV[i * 3], tonumber(ARGV[i * 3 + 1]), tonumber(ARGV[i * 3 + 2])
  local left, wait = 0, 0
  if kind == 'rate' then
    full[i] = math.max(tonumber(redis.call('GET', key) or 0), now)
    local room = most * length - (full[i] - now)
    left = math.floor(room / length) - 1
    if left < 0 then wait = length - room end
  elseif kind == 'concurrency' then
    redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%.0f', now))
    left = most - redis.call('ZCARD', key) - 1
    if left < 0 then wait = 1000000 end
  else
    local window = math.floor(now / length)
    local counted = redis.call('HMGET', key, 'window', 'used')
    local used = tonumber(counted[1] or -1) == window and tonumber(counted[2]) or 0
    left = most - used
    if left <= 0 then left = -1 end
    wait = (window + 1) * length - now
  end
  if left < 0 and refused == 0 then refused = i end
  told[i] = {left, wait}
end
if refused == 0 then
  for i, key in ipairs(KEYS) do
    local kind, length = ARGV[i * 3], tonumber(ARGV[i * 3 + 2])
    if kind == 'rate' then
      local at = full[i] + length
      redis.call('SET', key, string.format('%.0f', at), 'PX', math.ceil((at - now) / 1000))
    elseif kind == 'concurrency' then
      redis.call('ZADD', key, string.format('%.0f', now + ARGV[2]), ARGV[1])
      redis.call('PEXPIRE', key, math.ceil(ARGV[2] / 1000))
    end
  end
end
return {refused, unpack(told)}
"""

# ARGV: the lease, the tokens, and for each limit its kind and its length.
SETTLE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
for i, key in ipairs(KEYS) do
  local kind, length = ARGV[i * 2 + 1], tonumber(ARGV[i * 2 + 2])
  if kind == 'concurrency' then
    redis.call('ZREM', key, ARGV[1])
  elseif kind == 'tokens' then
    local window = math.floor(now / length)
    if tonumber(redis.call('HGET', key, 'window') or -1) ~= window then
      redis.call('HSET', key, 'window', window, 'used', 0)
      redis.call('PEXPIRE', key, math.ceil(length / 1000))
    end
    redis.call('HINCRBY', key, 'used', ARGV[2])
  end
end
return 1
"""

# ARGV: how long the leases that follow hold.
RENEW = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
for i = 2, #ARGV do
  redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[1]), ARGV[i])
end
redis.call('PEXPIRE', KEYS[1], math.ceil(ARGV[1] / 1000))
return 1
"""
