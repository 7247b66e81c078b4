import { answerOf, type Redis } from '../redis/index.js'

/**
 * What the API knows and relay nodes have to: who was let into a channel of members (a pass). And what nodes know and
 * the API has to: who is in a room (a seat). Both run out by themselves; neither decides who is told, which every
 * event says for itself.
 */
const passKey = (environmentId: string, channel: string, playerId: string) =>
  `chat:pass:${environmentId}:${channel}:${playerId}`
const seatKey = (environmentId: string, roomId: string, playerId: string) =>
  `chat:seat:${environmentId}:${roomId}:${playerId}`

const passSeconds = 60

/** How long a seat counts that is not kept; a node that dies leaves it behind for so long. */
const seatSeconds = 30

export async function grantPass(
  redis: Redis,
  environmentId: string,
  channel: string,
  playerId: string,
): Promise<void> {
  await answerOf(redis.set(passKey(environmentId, channel, playerId), '1', 'EX', passSeconds))
}

export const hasPass = async (
  redis: Redis,
  environmentId: string,
  channel: string,
  playerId: string,
): Promise<boolean> =>
  (await answerOf(redis.exists(passKey(environmentId, channel, playerId)))) === 1

/** The player is in the room, for the next half minute. */
export async function keepSeat(
  redis: Redis,
  environmentId: string,
  roomId: string,
  playerId: string,
): Promise<void> {
  await answerOf(redis.set(seatKey(environmentId, roomId, playerId), '1', 'EX', seatSeconds))
}

export async function giveUpSeat(
  redis: Redis,
  environmentId: string,
  roomId: string,
  playerId: string,
): Promise<void> {
  await answerOf(redis.del(seatKey(environmentId, roomId, playerId)))
}

/** Those of the players who are in the room and have its channel open. */
export async function seatedAmong(
  redis: Redis,
  environmentId: string,
  roomId: string,
  playerIds: readonly string[],
): Promise<string[]> {
  if (playerIds.length === 0) return []
  const seats = await answerOf(redis.mget(playerIds.map(id => seatKey(environmentId, roomId, id))))
  return playerIds.filter((_, index) => seats[index] !== null)
}
