// What Redis does in one step for a whole batch: its side of the rule that claim-table.ts has for one process.

/**
 * KEYS: the memory’s name, its counter, then per scope its window, then per claim its lease and its block.
 * ARGV: the name that is expected, the number of scopes, the lease (ms), then per scope its window (ms), then per claim the
 * place of its scope, its bit, its owner and its issue time.
 * Answers the time, the counter, then per claim: 0 granted, -1 done, -2 forgotten, otherwise the ms that another has it.
 * A window that grew makes a floor: what expired under the shorter one must not look new. Nor must what waited here until
 * it was outside its window, while another delivery of it was being handled (`isOutside` in kept-claim.ts).
 */
const claim = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {0} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local scopes = tonumber(ARGV[2])
local floors = {}
for i = 1, scopes do
  local key, window = KEYS[2 + i], tonumber(ARGV[3 + i])
  local known = tonumber(redis.call('HGET', key, 'window') or window)
  local floor = tonumber(redis.call('HGET', key, 'floor') or '0')
  if window > known then
    floor = math.max(floor, now - known)
    redis.call('HSET', key, 'floor', string.format('%.0f', floor))
  end
  if window ~= known or redis.call('EXISTS', key) == 0 then redis.call('HSET', key, 'window', ARGV[3 + i]) end
  floors[i] = floor
end
local answers = { string.format('%.0f', now), redis.call('GET', KEYS[2]) or '0' }
local at = 3 + scopes
for i = 3 + scopes, #KEYS, 2 do
  local lease, block = KEYS[i], KEYS[i + 1]
  local scope, bit, owner, issued = tonumber(ARGV[at + 1]), ARGV[at + 2], ARGV[at + 3], tonumber(ARGV[at + 4])
  at = at + 4
  local answer = 0
  if issued <= floors[scope] then answer = -2
  elseif redis.call('GETBIT', block, bit) == 1 then answer = -1
  elseif issued + tonumber(ARGV[3 + scope]) <= now then answer = -2
  else
    local held = redis.call('GET', lease)
    if held and held ~= owner then answer = math.max(1, redis.call('PTTL', lease))
    else redis.call('SET', lease, owner, 'PX', ARGV[3]) end
  end
  answers[#answers + 1] = answer
end
return answers`;

/** KEYS: the memory’s name, then leases. ARGV: its name, the lease (ms), owners. Answers 1 where it is renewed. */
const renew = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {} end
local answers = {}
for i = 2, #KEYS do
  local mine = redis.call('GET', KEYS[i])
  if mine == false or mine == ARGV[i + 1] then
    redis.call('SET', KEYS[i], ARGV[i + 1], 'PX', ARGV[2])
    answers[#answers + 1] = 1
  else answers[#answers + 1] = 0 end
end
return answers`;

/**
 * KEYS: the memory’s name, its counter, then per claim its lease and its block.
 * ARGV: its name, then per claim its bit, its owner, and how long it must be remembered (ms, from its issue: absolute).
 * Answers the time, the counter, then 1 where it is done, 0 where another has it. A block lives as long as its newest.
 */
const done = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {0} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local counter = string.format('%.0f', redis.call('INCR', KEYS[2]))
local answers = { string.format('%.0f', now), counter }
local at = 1
for i = 3, #KEYS, 2 do
  local lease, block = KEYS[i], KEYS[i + 1]
  local bit, owner, untilMs = ARGV[at + 1], ARGV[at + 2], tonumber(ARGV[at + 3])
  at = at + 3
  local held = redis.call('GET', lease)
  if held and held ~= owner then answers[#answers + 1] = 0
  else
    redis.call('SETBIT', block, bit, 1)
    local left = math.max(1000, untilMs - now)
    if redis.call('PTTL', block) < left then redis.call('PEXPIRE', block, string.format('%.0f', left)) end
    if held then redis.call('DEL', lease) end
    answers[#answers + 1] = 1
  end
end
return answers`;

/** KEYS: leases. ARGV: owners. */
const release = `
for i = 1, #KEYS do
  if redis.call('GET', KEYS[i]) == ARGV[i] then redis.call('DEL', KEYS[i]) end
end
return 0`;

/** KEYS: the memory’s name, its counter. ARGV: a name for a memory that has none. Answers name and counter. */
const name = `
local known = redis.call('GET', KEYS[1])
if not known then
  known = ARGV[1]
  redis.call('SET', KEYS[1], known)
end
return { known, redis.call('GET', KEYS[2]) or '0' }`;

export const redisScripts = { claim, renew, done, release, name } as const;
