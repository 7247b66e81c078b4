import { z } from 'zod'
import { answerOf, type Redis } from '../redis/index.js'

export { ActivityShape, PartyInvitationShape, PartyShape } from './shapes.js'

/**
 * What a relay knows of parties: a copy in Redis, for PostgreSQL is out of its reach. The API writes it after each
 * change, and again whenever it has read a party anyway. It may be behind by a moment, or missing after Redis was lost.
 */
export const MirroredParty = z.object({
  party_id: z.uuid(),
  leader_id: z.uuid(),
  /** Longest-serving first. */
  member_ids: z.array(z.uuid()),
  /** Grows with every change of the party. */
  version: z.int(),
})
export type MirroredParty = z.infer<typeof MirroredParty>

/** Who sits in a party since when, in microseconds since 1970: the later of two seats of one player is the true one. */
export interface PartySeat {
  player_id: string
  joined_us: number
}

const Kept = z.object({ seat: z.number(), version: z.number(), party: MirroredParty.nullable() })

const keyOf = (environmentId: string, playerId: string) => `party:${environmentId}:${playerId}`

// Longer than a party lives untouched.
const partySeconds = 25 * 3_600
// Longer than a write of the seat before may be under way.
const emptySeconds = 60
const afterEverything = Number.MAX_SAFE_INTEGER

// Writers of several processes overtake each other: what is older than what stands there is dropped.
const putScript = `
for i, key in ipairs(KEYS) do
  local seat, version = tonumber(ARGV[3 + i]), tonumber(ARGV[1])
  local known = redis.call('GET', key)
  local isNewer = true
  if known then
    local old = cjson.decode(known)
    isNewer = seat > old.seat or (seat == old.seat and version >= old.version)
  end
  if isNewer then
    local text = '{"seat":' .. ARGV[3 + i] .. ',"version":' .. ARGV[1] .. ',"party":' .. ARGV[2] .. '}'
    redis.call('SET', key, text, 'EX', ARGV[3])
  end
end
return 0`

async function put(
  redis: Redis,
  environmentId: string,
  seats: readonly PartySeat[],
  { version, party, seconds }: { version: number; party: MirroredParty | null; seconds: number },
): Promise<void> {
  if (seats.length === 0) return
  const keys = seats.map(seat => keyOf(environmentId, seat.player_id))
  const since = seats.map(seat => seat.joined_us)
  const values = [version, JSON.stringify(party), seconds, ...since]
  await answerOf(redis.eval(putScript, keys.length, ...keys, ...values))
}

/** Writes the party for each of its members. */
export const putParty = (
  redis: Redis,
  environmentId: string,
  party: Omit<MirroredParty, 'member_ids'>,
  seats: readonly PartySeat[],
): Promise<void> => {
  const { party_id, leader_id, version } = party
  const member_ids = seats.map(seat => seat.player_id)
  const whole = { party_id, leader_id, member_ids, version }
  return put(redis, environmentId, seats, { version, party: whole, seconds: partySeconds })
}

/** Writes that these seats were given up. */
export const dropSeats = (
  redis: Redis,
  environmentId: string,
  seats: readonly PartySeat[],
): Promise<void> =>
  put(redis, environmentId, seats, { version: afterEverything, party: null, seconds: emptySeconds })

/** The party that a player is in, as far as Redis knows. */
export async function getParty(
  redis: Redis,
  environmentId: string,
  playerId: string,
): Promise<MirroredParty | undefined> {
  const text = await answerOf(redis.get(keyOf(environmentId, playerId)))
  return text === null ? undefined : (Kept.parse(JSON.parse(text)).party ?? undefined)
}
