import { z } from 'zod'
import { topicChannel } from '../bus/topics.js'
import { answerOf, type Redis } from '../redis/index.js'
import { type ChosenStatus, type PresenceRecord, readRecord } from './record.js'

const keyOf = (environmentId: string, playerId: string) => `presence:${environmentId}:${playerId}`

/** Says the whole record after every change; `parseSighting` reads it. */
export const presenceTopic = (playerId: string) => `presence.${playerId}`

/** How long it is known when somebody was last there. */
const keptSeconds = 7 * 86_400
/** Whoever was away for longer has not just lost the connection: what they chose to show is over, but invisible stays. */
const forgottenAfterMs = 60_000

// A player is a hash: a field for each node that has a socket of theirs (`n:<node>`), what they chose to show
// (`chosen`, `chosen_at`), and when they were last to be seen (`seen`). The clock is that of Redis, so that nodes
// whose clocks differ agree on who is gone. Whatever others can see of a change is published in the same step.
//
// KEYS hash; ARGV node, milliseconds to vouch for (0: gone), room as JSON, chosen as JSON or '', its time ('new' for
// a choice made now), kept seconds, milliseconds after which a choice is forgotten, channel.
const noteScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local own = 'n:' .. ARGV[1]
local before, others, newest, changed = nil, 0, 0, false
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  if string.sub(fields[i], 1, 2) == 'n:' then
    local stay = cjson.decode(fields[i + 1])
    if stay['until'] > newest then newest = stay['until'] end
    if fields[i] == own then before = stay
    elseif stay['until'] > now then others = others + 1
    else redis.call('HDEL', KEYS[1], fields[i]) end
  end
end
if before and before['until'] <= now then before = nil end
local chosen, chosenAt = unpack(redis.call('HMGET', KEYS[1], 'chosen', 'chosen_at'))
local hidden = chosen and cjson.decode(chosen)['status'] == 'invisible'
local left = tonumber(redis.call('HGET', KEYS[1], 'left') or newest)
local returns = ARGV[2] ~= '0' and not before and others == 0
if returns and chosen and not hidden and now - left > tonumber(ARGV[7]) then
  redis.call('HDEL', KEYS[1], 'chosen', 'chosen_at')
  chosen, chosenAt = false, false
end
local wasHidden = hidden
if ARGV[4] ~= '' then
  local at = tonumber(ARGV[5])
  if not at then at = math.max(now, tonumber(chosenAt or 0) + 1) end
  if at > tonumber(chosenAt or 0) then
    changed = chosen ~= ARGV[4]
    redis.call('HSET', KEYS[1], 'chosen', ARGV[4], 'chosen_at', string.format('%.0f', at))
    hidden = cjson.decode(ARGV[4])['status'] == 'invisible'
  end
end
if ARGV[2] == '0' then
  redis.call('HDEL', KEYS[1], own)
  changed = changed or before ~= nil
  if others == 0 then redis.call('HSET', KEYS[1], 'left', string.format('%.0f', now)) end
else
  redis.call('HSET', KEYS[1], own,
    '{"until":' .. string.format('%.0f', now + ARGV[2]) .. ',"room_id":' .. ARGV[3] .. '}')
  redis.call('HDEL', KEYS[1], 'left')
  changed = changed or before == nil or cjson.encode(before['room_id']) ~= ARGV[3]
    or before['until'] > now + ARGV[2]
end
if not (hidden and wasHidden) then redis.call('HSET', KEYS[1], 'seen', string.format('%.0f', now)) end
redis.call('EXPIRE', KEYS[1], ARGV[6])
local after = cjson.encode({ now = now, fields = redis.call('HGETALL', KEYS[1]) })
if changed then redis.call('PUBLISH', ARGV[8], after) end
return after`

// KEYS hashes; ARGV node, milliseconds to vouch for. Answers the places of those that do not know of the node.
const renewScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local own, unknown = 'n:' .. ARGV[1], {}
for i = 1, #KEYS do
  local text, chosen = unpack(redis.call('HMGET', KEYS[i], own, 'chosen'))
  local stay = text and cjson.decode(text)
  if stay and stay['until'] > now then
    redis.call('HSET', KEYS[i], own, '{"until":' .. string.format('%.0f', now + ARGV[2]) ..
      ',"room_id":' .. cjson.encode(stay['room_id']) .. '}')
    if not chosen or cjson.decode(chosen)['status'] ~= 'invisible' then
      redis.call('HSET', KEYS[i], 'seen', string.format('%.0f', now))
    end
  else unknown[#unknown + 1] = i - 1 end
end
return unknown`

const readScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer = {}
for i = 1, #KEYS do
  answer[i] = cjson.encode({ now = now, fields = redis.call('HGETALL', KEYS[i]) })
end
return answer`

// Lua has one kind of table: an empty list of fields comes as an object.
const Fields = z.union([z.array(z.string()), z.object({}).transform((): string[] => [])])
const Written = z.object({ now: z.number(), fields: Fields })

/** A record and how long, in milliseconds, it is to be believed without another look; 0 when nobody vouches for it. */
export interface Sighting {
  record: PresenceRecord
  forMs: number
}

/** Reads what the channel of a player says, and what the scripts answer. */
export function parseSighting(text: string): Sighting {
  const { now, fields } = Written.parse(JSON.parse(text))
  const hash: Record<string, string> = {}
  for (let at = 0; at + 1 < fields.length; at += 2) hash[fields[at] ?? ''] = fields[at + 1] ?? ''
  const record = readRecord(hash, now)
  return { record, forMs: Math.max(0, record.until - now) }
}

export interface PresenceNote {
  environmentId: string
  playerId: string
  nodeId: string
  /** For how long the node vouches for the player; 0: the player is gone from it. */
  leaseMs: number
  roomId: string | null
  /** What the player has chosen, and when (by the clock of Redis); `new` when just now. An older choice never wins. */
  chosen?: { value: ChosenStatus; at: number | 'new' } | undefined
}

/** Writes down what a node knows of a player, and answers what is known after that. */
export async function notePresence(redis: Redis, note: PresenceNote): Promise<Sighting> {
  const { environmentId, playerId, nodeId, leaseMs, roomId, chosen } = note
  const answer = await answerOf(
    redis.eval(
      noteScript,
      1,
      keyOf(environmentId, playerId),
      nodeId,
      leaseMs,
      JSON.stringify(roomId),
      chosen === undefined ? '' : JSON.stringify(chosen.value),
      chosen?.at ?? '',
      keptSeconds,
      forgottenAfterMs,
      topicChannel(environmentId, presenceTopic(playerId)),
    ),
  )
  return parseSighting(String(answer))
}

const atOnce = 100

/** Vouches for players once more. Answers those of whom Redis knows nothing from this node: they are noted again. */
export async function renewPresences(
  redis: Redis,
  nodeId: string,
  leaseMs: number,
  players: readonly { environmentId: string; playerId: string }[],
): Promise<number[]> {
  const unknown: number[] = []
  for (let start = 0; start < players.length; start += atOnce) {
    const some = players.slice(start, start + atOnce)
    const keys = some.map(({ environmentId, playerId }) => keyOf(environmentId, playerId))
    const answer = await answerOf(redis.eval(renewScript, keys.length, ...keys, nodeId, leaseMs))
    for (const place of z.array(z.int()).parse(answer)) unknown.push(start + place)
  }
  return unknown
}

/** What is known of players, in the order of their ids. */
export async function readPresences(
  redis: Redis,
  environmentId: string,
  playerIds: readonly string[],
): Promise<Sighting[]> {
  const sightings: Sighting[] = []
  for (let start = 0; start < playerIds.length; start += atOnce) {
    const keys = playerIds.slice(start, start + atOnce).map(id => keyOf(environmentId, id))
    const answer = await answerOf(redis.eval(readScript, keys.length, ...keys))
    sightings.push(...z.array(z.string()).parse(answer).map(parseSighting))
  }
  return sightings
}

/** Forgets a player. A node that has a socket of theirs writes it down again. */
export async function forgetPresence(redis: Redis, environmentId: string, playerId: string) {
  return await answerOf(redis.del(keyOf(environmentId, playerId)))
}
