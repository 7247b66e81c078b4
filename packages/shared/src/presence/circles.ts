import { z } from 'zod'
import { answerQuestions } from '../bus/questions.js'
import { topicChannel } from '../bus/topics.js'
import type { Closable } from '../lifecycle/index.js'
import type { Logger } from '../log/index.js'
import { answerOf, type Redis } from '../redis/index.js'

/**
 * Who is around a player, for relay nodes, that do not ask the database. The API writes a circle when a node wants it
 * and forgets it with every change; so Redis may lose all of them, and none is ever older than the last change.
 */
export const Circle = z.object({
  /** Ids of players. */
  friends: z.array(z.string()),
  /** Whom the player blocks and who blocks the player: neither is to see the other. */
  apart: z.array(z.string()),
})
export type Circle = z.infer<typeof Circle>

/** What concerns everybody who follows a circle. */
export const CircleNews = z.object({
  /** These are friends no more, and nobody has to read the circle to know it. */
  parted: z.array(z.string()),
})
export type CircleNews = z.infer<typeof CircleNews>

/** Something has changed between players, in the transaction that changed it. */
export interface CirclesChanged {
  environment_id: string
  player_ids: string[]
  parted: string[]
}

const PlayerOfEnvironment = z.object({ environment_id: z.uuid(), player_id: z.uuid() })

const wantedChannel = 'circles:wanted'
const keyOf = (environmentId: string, playerId: string) => `circle:${environmentId}:${playerId}`
// By the end of the id, which is random, and not by the whole of it: nothing of a player who is erased stays behind.
// Players who share one make each other's circles be read again.
const generationOf = (environmentId: string, playerId: string) =>
  `circle-generation:${environmentId}:${playerId.slice(-3)}`

/** Says `CircleNews` after every change, and once the circle has been written. */
export const circleTopic = (playerId: string) => `circle.${playerId}`

const circleChannel = (environmentId: string, playerId: string) =>
  topicChannel(environmentId, circleTopic(playerId))

const keptSeconds = 86_400
/** Longer than any read of the database takes. */
const generationSeconds = 60

/** Forgets the circles of players, and tells who follows them. May run twice. */
export async function forgetCircles(redis: Redis, changed: CirclesChanged): Promise<void> {
  const { environment_id: environmentId, player_ids: playerIds, parted } = changed
  const batch = redis.multi()
  for (const playerId of playerIds) {
    const generation = generationOf(environmentId, playerId)
    batch.incr(generation).expire(generation, generationSeconds)
    batch.del(keyOf(environmentId, playerId))
    batch.publish(circleChannel(environmentId, playerId), JSON.stringify({ parted }))
  }
  await batch.exec()
}

/** Undefined while nobody has written it: whoever needs it asks with `wantCircle`. */
export async function readCircle(
  redis: Redis,
  environmentId: string,
  playerId: string,
): Promise<Circle | undefined> {
  const text = await answerOf(redis.get(keyOf(environmentId, playerId)))
  return text === null ? undefined : Circle.parse(JSON.parse(text))
}

/** Asks for a circle; the channel of the circle says when it is there. */
export async function wantCircle(redis: Redis, environmentId: string, playerId: string) {
  const wish = { environment_id: environmentId, player_id: playerId }
  await redis.publish(wantedChannel, JSON.stringify(wish))
}

// Written only if no change came between the look at the database and now; whoever made that change asks again.
const writeScript = `
if (redis.call('GET', KEYS[2]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
redis.call('PUBLISH', ARGV[4], '{"parted":[]}')
return 1`

async function write(
  redis: Redis,
  environmentId: string,
  playerId: string,
  read: CircleReader,
): Promise<void> {
  const key = keyOf(environmentId, playerId)
  const generation = generationOf(environmentId, playerId)
  if ((await redis.exists(key)) === 1) {
    // Another process was faster, and maybe the asker did not hear it.
    await redis.publish(circleChannel(environmentId, playerId), '{"parted":[]}')
    return
  }
  const before = (await redis.get(generation)) ?? ''
  const circle = JSON.stringify(await read(environmentId, playerId))
  const channel = circleChannel(environmentId, playerId)
  await redis.eval(writeScript, 2, key, generation, before, circle, keptSeconds, channel)
}

/** Looks in the database. */
export type CircleReader = (environmentId: string, playerId: string) => Promise<Circle>

/**
 * Writes the circles that relay nodes want, until it is closed. Of several processes each may write the same one, with
 * the same result.
 */
export const answerCircleWishes = (redis: Redis, log: Logger, read: CircleReader): Closable =>
  answerQuestions(redis, wantedChannel, log, async question => {
    const wish = PlayerOfEnvironment.parse(JSON.parse(question))
    await write(redis, wish.environment_id, wish.player_id, read)
  })
