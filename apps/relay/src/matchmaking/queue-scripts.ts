// Each script is one step in Redis: what it reads cannot change before it writes. A player's entry is a
// hash; `state` is queued, matched, or closed (cancelled, or in the room of the match). A closed entry
// stays a while, so that a node that still keeps the ticket alive learns of it instead of reviving it.

const lifetimes = `
local queuedMs, matchedMs, closedMs, queueMs = 10000, 60000, 15000, 60000`

// The queue's set orders players by when they came.
const write = `
local function write(ticket, since, wish, player)
  redis.call('HSET', KEYS[1], 'state', 'queued', 'ticket', ticket, 'since', since, unpack(wish))
  redis.call('PEXPIRE', KEYS[1], queuedMs)
  redis.call('ZADD', KEYS[2], since, player)
  redis.call('PEXPIRE', KEYS[2], queueMs)
end`

const wish = `
local wish = { 'queue', ARGV[2], 'low', ARGV[3], 'high', ARGV[4], 'node', ARGV[5], 'username', ARGV[6] }`

const clock = `
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))`

/** KEYS entry, queue; ARGV ticket, queue, low, high, node, username, player. */
export const enqueueScript = `${lifetimes}${write}${wish}${clock}
local state, ticket, since, queue, low, high =
  unpack(redis.call('HMGET', KEYS[1], 'state', 'ticket', 'since', 'queue', 'low', 'high'))
if state == 'matched' then return { 'matched', ticket, redis.call('HGET', KEYS[1], 'match') } end
if state ~= 'queued' then
  ticket, since = ARGV[1], now
elseif queue ~= ARGV[2] or low ~= ARGV[3] or high ~= ARGV[4] then
  return { 'otherwise' }
end
write(ticket, since, wish, ARGV[7])
return { 'queued', ticket, since }`

/** KEYS entry, queue; ARGV ticket, queue, low, high, node, username, player, since. */
export const refreshScript = `${lifetimes}${write}${wish}
local state, ticket = unpack(redis.call('HMGET', KEYS[1], 'state', 'ticket'))
if state and (ticket ~= ARGV[1] or state == 'closed') then return { 'closed' } end
if state == 'matched' then return { 'matched', ticket, redis.call('HGET', KEYS[1], 'match') } end
write(ARGV[1], ARGV[8], wish, ARGV[7])
return { 'queued', ARGV[1], ARGV[8] }`

/** KEYS entry; ARGV player, prefix of queues. */
export const cancelScript = `${lifetimes}
local state, ticket, queue = unpack(redis.call('HMGET', KEYS[1], 'state', 'ticket', 'queue'))
if state == 'matched' then return { 'matched', ticket, redis.call('HGET', KEYS[1], 'match') } end
if state ~= 'queued' then return { 'closed' } end
redis.call('HSET', KEYS[1], 'state', 'closed')
redis.call('PEXPIRE', KEYS[1], closedMs)
redis.call('ZREM', ARGV[2] .. queue, ARGV[1])
return { 'queued', ticket, '0' }`

/** The player is in the room of the match. KEYS entry; ARGV ticket. */
export const settleScript = `${lifetimes}
local state, ticket = unpack(redis.call('HMGET', KEYS[1], 'state', 'ticket'))
if state ~= 'matched' or ticket ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'state', 'closed')
redis.call('PEXPIRE', KEYS[1], closedMs)
return 1`

/** KEYS lease; ARGV token, milliseconds. 1 when the lease is the token's, taken or renewed. */
export const leaseScript = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`

/** KEYS lease; ARGV token. */
export const releaseScript = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0`

/** KEYS queue; ARGV name of the queue, prefix of entries, how many. Tidies away who does not wait here any more. */
export const waitingScript = `${clock}
local rows = {}
for _, player in ipairs(redis.call('ZRANGE', KEYS[1], 0, ARGV[3] - 1)) do
  local state, queue, ticket, since, low, high, node, username = unpack(redis.call('HMGET',
    ARGV[2] .. player, 'state', 'queue', 'ticket', 'since', 'low', 'high', 'node', 'username'))
  if state == 'queued' and queue == ARGV[1] then
    rows[#rows + 1] = { player, ticket, since, low, high, node, username }
  else
    redis.call('ZREM', KEYS[1], player)
  end
end
return { now, rows }`

/**
 * All tickets of a match become matched, the record is written and the nodes are told: or nothing of it happens,
 * when one of them is not waiting any more. Telling is part of it, so a matchmaker that dies leaves no match untold.
 * KEYS queue, record, entries; ARGV match, record's seconds, channel, then for each entry its ticket and player.
 */
export const commitScript = `${lifetimes}
for index = 3, #KEYS do
  local state, ticket = unpack(redis.call('HMGET', KEYS[index], 'state', 'ticket'))
  if state ~= 'queued' or ticket ~= ARGV[2 * index - 2] then return 0 end
end
for index = 3, #KEYS do
  redis.call('HSET', KEYS[index], 'state', 'matched', 'match', ARGV[1])
  redis.call('PEXPIRE', KEYS[index], matchedMs)
  redis.call('ZREM', KEYS[1], ARGV[2 * index - 1])
end
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2])
redis.call('PUBLISH', ARGV[3], ARGV[1])
return 1`
