// Each script is one step in Redis: what it reads cannot change before it writes. KEYS[1] is the prefix that all
// keys of an environment share; its hash tag keeps them on one shard.
//
//   ticket:<id>      a hash; `state` is queued, proposed, matched or closed (cancelled, timed out). A closed one
//                    stays a while, so that a node that still keeps it alive learns of it instead of reviving it
//   holder:<who>     the ticket of a player, or of a room that looks for players: one each
//   queue:<name>     a sorted set of ticket ids by when they came
//   proposal:<match> a match that its players have yet to accept; proposals:<queue> lists them by their end
//   room:<room>      the record of a match
//   match:<match>    who plays in it, and in which team; kept for a while after its room is gone
//   waits:<queue>    how long those waited who were matched lately
//   record:<queue>   what happened, for simulations

/** Where nodes hear of what happens to tickets. */
export const toldChannel = 'matchmaking:told'

const prelude = `
local p = KEYS[1]
local queuedMs, matchedMs, closedMs, queueMs, holderMs = 10000, 600000, 15000, 7200000, 60000
local rosterMs = 7200000
-- The node that asks: it tells its own sockets itself.
local by = ''
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function int(n) return string.format('%.0f', n) end
local function tkey(id) return p .. 'ticket:' .. id end
local function hkey(who) return p .. 'holder:' .. who end
local function tell(what) redis.call('PUBLISH', '${toldChannel}', cjson.encode(what)) end
local function note(queue, kind, id, rest)
  redis.call('XADD', p .. 'record:' .. queue, 'MAXLEN', '~', 20000, '*',
    'kind', kind, 'ticket', id, 'at', int(now), 'wish', rest)
  redis.call('PEXPIRE', p .. 'record:' .. queue, 604800000)
end
local function isRecorded(id) return redis.call('HEXISTS', tkey(id), 'recorded') == 1 end
local function holdersOf(id)
  local text = redis.call('HGET', tkey(id), 'holders')
  return text and cjson.decode(text) or {}
end
local function letGo(id)
  for _, who in ipairs(holdersOf(id)) do
    if redis.call('GET', hkey(who)) == id then redis.call('DEL', hkey(who)) end
  end
end
local function close(id, reason)
  local queue = redis.call('HGET', tkey(id), 'queue')
  if isRecorded(id) then note(queue, 'left', id, reason) end
  letGo(id)
  redis.call('HSET', tkey(id), 'state', 'closed', 'reason', reason)
  redis.call('PEXPIRE', tkey(id), closedMs)
  redis.call('ZREM', p .. 'queue:' .. queue, id)
end
local function hold(id, ms)
  for _, who in ipairs(holdersOf(id)) do
    local held = redis.call('GET', hkey(who))
    if not held or held == id then redis.call('SET', hkey(who), id, 'PX', ms) end
  end
end
-- A ticket of sockets lives as long as it is refreshed, one that was made by REST until its end.
local function keep(id, since)
  local deadline, rest = unpack(redis.call('HMGET', tkey(id), 'deadline', 'rest'))
  local ms = queuedMs
  if rest == '1' then ms = math.max(queuedMs, tonumber(deadline) - now) end
  redis.call('PEXPIRE', tkey(id), int(ms))
  hold(id, int(ms))
  local queue = p .. 'queue:' .. redis.call('HGET', tkey(id), 'queue')
  redis.call('ZADD', queue, since, id)
  redis.call('PEXPIRE', queue, queueMs)
end
local function wait(id, since)
  redis.call('HSET', tkey(id), 'state', 'queued')
  redis.call('HDEL', tkey(id), 'proposal', 'match')
  keep(id, since)
end
local function create(id, queue, wanted, node, since, timeoutMs, rest, holders)
  local deadline = tonumber(timeoutMs) > 0 and int(since + timeoutMs) or '0'
  redis.call('HSET', tkey(id), 'state', 'queued', 'queue', queue, 'wanted', wanted, 'node', node,
    'since', int(since), 'deadline', deadline, 'rest', rest, 'holders', holders)
  keep(id, int(since))
end
-- A player who comes back is told the same match for a while; a room may offer its next free seats at once.
local function match(id, text)
  redis.call('HSET', tkey(id), 'state', 'matched', 'match', text)
  redis.call('PEXPIRE', tkey(id), matchedMs)
  local first = holdersOf(id)[1]
  if first and string.sub(first, 1, 5) == 'room:' then letGo(id) else hold(id, holderMs) end
end
-- Players may tell what came of a match, and nobody else: who they are is known for as long as that may take.
local function noteRoster(text)
  local match, roster = cjson.decode(text), {}
  for index, player in ipairs(match.players) do
    roster[index] = { player_id = player.player_id, team = player.team }
  end
  redis.call('SET', p .. 'match:' .. match.match_id, cjson.encode(roster), 'PX', rosterMs)
end
local function settleMatch(text, ids, roomKey, seconds)
  for _, id in ipairs(ids) do
    local since, queue = unpack(redis.call('HMGET', tkey(id), 'since', 'queue'))
    match(id, text)
    redis.call('ZREM', p .. 'queue:' .. queue, id)
    local waits = p .. 'waits:' .. queue
    redis.call('LPUSH', waits, int(math.max(0, now - since)))
    redis.call('LTRIM', waits, 0, 49)
    redis.call('EXPIRE', waits, 3600)
    if isRecorded(id) then note(queue, 'matched', id, '') end
  end
  redis.call('SET', roomKey, text, 'EX', seconds)
  noteRoster(text)
  tell({ kind = 'matched', match = text, tickets = ids })
end
-- Who has said no, or nothing in time, is out; the others wait on as if nothing had happened.
local function dissolve(id, decliner)
  local key = p .. 'proposal:' .. id
  local text, tickets, queue = unpack(redis.call('HMGET', key, 'match', 'tickets', 'queue'))
  if not text then return end
  local back, out = {}, {}
  for _, ticket in ipairs(cjson.decode(tickets)) do
    local state, proposal, since = unpack(redis.call('HMGET', tkey(ticket), 'state', 'proposal', 'since'))
    if state == 'proposed' and proposal == id then
      local isOut = false
      for _, who in ipairs(holdersOf(ticket)) do
        if who == decliner or (decliner == '' and redis.call('HEXISTS', key, 'yes:' .. who) == 0) then
          isOut = true
        end
      end
      if isOut then
        close(ticket, 'declined')
        out[#out + 1] = ticket
      else
        wait(ticket, since)
        back[#back + 1] = ticket
      end
    end
  end
  redis.call('DEL', key)
  redis.call('ZREM', p .. 'proposals:' .. queue, id)
  -- An empty table would be told as an object.
  tell({ kind = 'dissolved', match_id = id, by = by, back = table.concat(back, ' '), out = table.concat(out, ' ') })
end
`

/**
 * ARGV ticket, queue, wanted, node, timeout in ms (0: none), rest, holders, most tickets, recorded wish (empty: none).
 * A socket's single player gets the ticket it has; whoever waits otherwise is named.
 */
export const enqueueScript = `${prelude}
local id, queue, wanted, node, timeoutMs, rest, holders, most, recorded = unpack(ARGV)
local list = cjson.decode(holders)
local found, busy, isSame = nil, nil, true
for _, who in ipairs(list) do
  local ticket = redis.call('GET', hkey(who))
  local state = ticket and redis.call('HGET', tkey(ticket), 'state')
  if state and state ~= 'closed' then
    busy = busy or who
    if found and found ~= ticket then isSame = false end
    found = ticket
  else
    isSame = false
  end
end
if found then
  local state, since, text, inQueue, inWanted =
    unpack(redis.call('HMGET', tkey(found), 'state', 'since', 'match', 'queue', 'wanted'))
  if #list == 1 and state == 'matched' then return { 'matched', found, since, text } end
  if not isSame or inQueue ~= queue or inWanted ~= wanted then return { 'otherwise', busy } end
  if state == 'queued' then
    redis.call('HSET', tkey(found), 'node', node)
    keep(found, since)
  end
  return { state, found, since, text or '' }
end
if redis.call('ZCARD', p .. 'queue:' .. queue) >= tonumber(most) then return { 'full' } end
create(id, queue, wanted, node, now, timeoutMs, rest, holders)
if recorded ~= '' then
  redis.call('HSET', tkey(id), 'recorded', '1')
  note(queue, 'came', id, recorded)
end
return { 'queued', id, int(now), '' }`

/** ARGV ticket, queue, wanted, node, timeout in ms, rest, holders, since. Brings a ticket back that Redis lost. */
export const refreshScript = `${prelude}
local id, queue, wanted, node, timeoutMs, rest, holders, since = unpack(ARGV)
local state, text, reason = unpack(redis.call('HMGET', tkey(id), 'state', 'match', 'reason'))
if not state then
  for _, who in ipairs(cjson.decode(holders)) do
    local other = redis.call('GET', hkey(who))
    if other and other ~= id and redis.call('EXISTS', tkey(other)) == 1 then return { 'closed', 'replaced' } end
  end
  create(id, queue, wanted, node, tonumber(since), timeoutMs, rest, holders)
  return { 'queued', id, since, '' }
end
if state == 'closed' then return { 'closed', reason } end
if state == 'queued' then keep(id, redis.call('HGET', tkey(id), 'since')) end
if state == 'proposed' and redis.call('PTTL', tkey(id)) < queuedMs then
  redis.call('PEXPIRE', tkey(id), queuedMs)
  hold(id, queuedMs)
end
return { state, id, redis.call('HGET', tkey(id), 'since'), text or '' }`

/** ARGV ticket or empty, holder or empty, node. Takes a ticket out of its queue: for good, unless it is matched. */
export const cancelScript = `${prelude}
local id, who = ARGV[1], ARGV[2]
by = ARGV[3]
if id == '' then id = redis.call('GET', hkey(who)) end
if not id then return { 'closed', '' } end
local state, text, since, proposal =
  unpack(redis.call('HMGET', tkey(id), 'state', 'match', 'since', 'proposal'))
if state == 'matched' then return { 'matched', id, since, text } end
if state == 'proposed' then
  if who == '' then who = holdersOf(id)[1] end
  dissolve(proposal, who)
elseif state ~= 'queued' then
  return { 'closed', '' }
else
  close(id, 'cancelled')
end
tell({ kind = 'closed', ticket_id = id, reason = 'cancelled', by = by })
return { 'queued', id, since, '' }`

/** ARGV holder, ticket. The player is in the room of the match, so the next wish is a new one. */
export const settleScript = `${prelude}
if redis.call('GET', hkey(ARGV[1])) == ARGV[2] then redis.call('DEL', hkey(ARGV[1])) end
return 0`

/** ARGV ticket or empty, holder or empty. */
export const readScript = `${prelude}
local id, who = unpack(ARGV)
if id == '' then id = redis.call('GET', hkey(who)) end
if not id then return {} end
local row = redis.call('HMGET', tkey(id), 'state', 'queue', 'wanted', 'node', 'since', 'deadline', 'rest', 'match', 'reason')
if not row[1] then return {} end
for index = 1, 9 do row[index] = row[index] or '' end
row[10] = id
row[11] = int(now)
return row`

/**
 * ARGV queue, how many. Answers the time, then ids and times of coming. Tidies away who does not wait here any more,
 * ends tickets whose time is over, and proposals that were not accepted in time.
 */
export const waitingScript = `${prelude}
local queue, most = ARGV[1], tonumber(ARGV[2])
for _, id in ipairs(redis.call('ZRANGEBYSCORE', p .. 'proposals:' .. queue, '-inf', int(now))) do
  dissolve(id, '')
  redis.call('ZREM', p .. 'proposals:' .. queue, id)
end
local rows = { int(now) }
local list = redis.call('ZRANGE', p .. 'queue:' .. queue, 0, most - 1, 'WITHSCORES')
for index = 1, #list, 2 do
  local id = list[index]
  local state, inQueue, deadline = unpack(redis.call('HMGET', tkey(id), 'state', 'queue', 'deadline'))
  if state ~= 'queued' or inQueue ~= queue then
    redis.call('ZREM', p .. 'queue:' .. queue, id)
  elseif deadline ~= '0' and tonumber(deadline) <= now then
    close(id, 'timed_out')
    tell({ kind = 'closed', ticket_id = id, reason = 'timed_out', by = '' })
  else
    rows[#rows + 1] = id
    rows[#rows + 1] = list[index + 1]
  end
end
return rows`

/**
 * All tickets of a match become matched, the record is written and the nodes are told: or nothing of it happens, when
 * one of them is not waiting any more, or another matchmaker holds the lease. Telling is part of it, so a matchmaker
 * that dies leaves no match untold. With seconds to accept it is proposed first.
 * ARGV match, room, record's seconds, tickets, lease's key, token (empty: unfenced), seconds to accept (0: none),
 * match id, queue.
 */
export const commitScript = `${prelude}
local text, room, seconds, tickets, lease, token, accept, id, queue = unpack(ARGV)
if token ~= '' and redis.call('GET', lease) ~= token then return 'fenced' end
local ids = cjson.decode(tickets)
for _, ticket in ipairs(ids) do
  local state, inQueue = unpack(redis.call('HMGET', tkey(ticket), 'state', 'queue'))
  if state ~= 'queued' or inQueue ~= queue then return 'stale' end
end
if accept == '0' then
  settleMatch(text, ids, p .. 'room:' .. room, seconds)
  return 'made'
end
local key = p .. 'proposal:' .. id
local deadline = now + accept * 1000
local lifeMs = int(accept * 1000 + queuedMs)
redis.call('HSET', key, 'match', text, 'room', room, 'seconds', seconds, 'tickets', tickets,
  'queue', queue)
redis.call('PEXPIRE', key, int(accept * 1000 + holderMs))
redis.call('ZADD', p .. 'proposals:' .. queue, int(deadline), id)
redis.call('PEXPIRE', p .. 'proposals:' .. queue, queueMs)
for _, ticket in ipairs(ids) do
  redis.call('HSET', tkey(ticket), 'state', 'proposed', 'proposal', id, 'match', text)
  if redis.call('PTTL', tkey(ticket)) < tonumber(lifeMs) then redis.call('PEXPIRE', tkey(ticket), lifeMs) end
  hold(ticket, lifeMs)
  redis.call('ZREM', p .. 'queue:' .. queue, ticket)
end
tell({ kind = 'proposed', match = text, tickets = ids, seconds = tonumber(accept) })
return 'made'`

/** ARGV match id, holder, '1' for yes, node. Answers gone, waiting, matched or dissolved. */
export const answerScript = `${prelude}
local id, who, yes = ARGV[1], ARGV[2], ARGV[3]
by = ARGV[4]
local key = p .. 'proposal:' .. id
local text, tickets, room, seconds, queue =
  unpack(redis.call('HMGET', key, 'match', 'tickets', 'room', 'seconds', 'queue'))
if not text then return 'gone' end
local ids, isIn, all, yesses = cjson.decode(tickets), false, 0, 0
if yes == '1' then redis.call('HSET', key, 'yes:' .. who, '1') end
for _, ticket in ipairs(ids) do
  local state, proposal = unpack(redis.call('HMGET', tkey(ticket), 'state', 'proposal'))
  if state ~= 'proposed' or proposal ~= id then
    -- Nobody has said no: who is left waits on, also who has not answered yet.
    dissolve(id, '-')
    return 'dissolved'
  end
  for _, holder in ipairs(holdersOf(ticket)) do
    if holder == who then isIn = true end
    all = all + 1
    yesses = yesses + redis.call('HEXISTS', key, 'yes:' .. holder)
  end
end
if not isIn then
  redis.call('HDEL', key, 'yes:' .. who)
  return 'gone'
end
if yes ~= '1' then
  dissolve(id, who)
  return 'dissolved'
end
if yesses < all then
  tell({ kind = 'accepted', match_id = id, tickets = ids, accepted = yesses, players = all })
  return 'waiting'
end
settleMatch(text, ids, p .. 'room:' .. room, seconds)
redis.call('DEL', key)
redis.call('ZREM', p .. 'proposals:' .. queue, id)
return 'matched'`

/**
 * ARGV match, room, record's seconds, tickets. After Redis forgot everything: a match that was told stays made. A ticket
 * that was brought back meanwhile is taken out of its queue again.
 */
export const restoreScript = `${prelude}
local text, room, seconds, tickets = unpack(ARGV)
for _, id in ipairs(cjson.decode(tickets)) do
  local state = redis.call('HGET', tkey(id), 'state')
  if not state then
    redis.call('HSET', tkey(id), 'state', 'matched', 'match', text, 'since', int(now), 'holders', '[]')
    redis.call('PEXPIRE', tkey(id), matchedMs)
  elseif state == 'queued' then
    redis.call('ZREM', p .. 'queue:' .. redis.call('HGET', tkey(id), 'queue'), id)
    match(id, text)
  end
end
redis.call('SET', p .. 'room:' .. room, text, 'NX', 'EX', seconds)
noteRoster(redis.call('GET', p .. 'room:' .. room))
return 0`

/**
 * ARGV match, room, record's seconds. Answers the record as it stands: what is there may be newer than what the room
 * has read, because somebody got a free seat since.
 */
export const renewScript = `${prelude}
local text, room, seconds = unpack(ARGV)
local key = p .. 'room:' .. room
redis.call('SET', key, text, 'NX', 'EX', seconds)
redis.call('EXPIRE', key, seconds)
text = redis.call('GET', key)
noteRoster(text)
return text`

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
