import { z } from 'zod'
import { answerOf, type Redis } from '../redis/index.js'

/** What a room was made to be. Whatever is missing is as the relay node has it for all. */
export const RoomDefinition = z.object({
  /** What decides there: `relay`, or a kind that the studio's relay nodes know. */
  kind: z.string().default('relay'),
  name: z.string().optional(),
  max_members: z.int().optional(),
  tick_ms: z.int().optional(),
  reconnect_seconds: z.int().optional(),
  /** How states travel that are declared; see `@aethex/sdk/state-schema`. */
  state_schema: z.record(z.string(), z.unknown()).optional(),
  /** What the studio or the host says about it; kinds read it, lists filter by it. */
  properties: z.record(z.string(), z.unknown()).default({}),
  /** Strangers find it in lists. */
  is_listed: z.boolean().default(false),
  /** Who has not been invited has to know it. */
  code: z.string().optional(),
  host_id: z.string().optional(),
  teams: z.array(z.string()).optional(),
  banned: z.array(z.string()).default([]),
  invited: z.array(z.string()).default([]),
})
export type RoomDefinition = z.infer<typeof RoomDefinition>

/** How long a room that nobody has come to is kept. While somebody is there its node renews this. */
export const definitionSeconds = 600

const definitionKey = (environmentId: string, roomId: string) =>
  `rooms:{${environmentId}}:definition:${roomId}`

/** What a room was made to be; undefined for one that is made by joining it. */
export async function findDefinition(
  redis: Redis,
  environmentId: string,
  roomId: string,
): Promise<RoomDefinition | undefined> {
  const text = await answerOf(redis.get(definitionKey(environmentId, roomId)))
  return text === null ? undefined : RoomDefinition.parse(JSON.parse(text))
}

/** Writes down what a room is, for another ten minutes. */
export async function putDefinition(
  redis: Redis,
  environmentId: string,
  roomId: string,
  definition: RoomDefinition,
): Promise<void> {
  const key = definitionKey(environmentId, roomId)
  await answerOf(redis.set(key, JSON.stringify(definition), 'EX', definitionSeconds))
}
