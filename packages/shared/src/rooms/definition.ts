import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { answerOf, type Redis } from '../redis/index.js'
import { keysOf } from './keys.js'

/** What a room was made to be. Whatever is missing is as the relay node has it for all. */
export const RoomDefinition = z.object({
  /** What decides there: `relay`, or a kind that the studio's relay nodes know. */
  kind: z.string().default('relay'),
  name: z.string().optional(),
  max_members: z.int().optional(),
  /** The host makes the room no larger than this. */
  most_members: z.int().optional(),
  tick_ms: z.int().optional(),
  reconnect_seconds: z.int().optional(),
  /** How states travel that are declared; see `@aethex/sdk/state-schema`. */
  state_schema: z.record(z.string(), z.unknown()).optional(),
  /** What the studio or the host says about it; kinds read it, lists filter by it. */
  properties: z.record(z.string(), z.unknown()).default({}),
  /** Where it is to be: its first member is sent to a node there, if there is one. */
  region: z.string().optional(),
  /** Strangers find it in lists. */
  is_listed: z.boolean().default(false),
  /** Nobody new comes in. */
  locked: z.boolean().default(false),
  /** Who has not been invited has to know it. */
  code: z.string().optional(),
  /** One of its members has a say in it. */
  is_hosted: z.boolean().default(false),
  host_id: z.string().optional(),
  teams: z.array(z.string()).optional(),
  /** Put out for as long as there is this room. */
  banned: z.array(z.string()).default([]),
  /** Put out until they are invited again. */
  kicked: z.array(z.string()).default([]),
  invited: z.array(z.string()).default([]),
  /** Who sits there: when its node dies they may come back, also into a locked or private room. */
  seated: z.array(z.string()).default([]),
  /** Milliseconds since 1970. */
  created_at: z.number().default(0),
})
export type RoomDefinition = z.infer<typeof RoomDefinition>

/** How long a room that nobody is in is kept. While somebody is there its node renews this. */
export const definitionSeconds = 600

/** 128 random bits: whoever knows the id was told it. */
export const mintRoomId = () => `rm_${randomBytes(16).toString('base64url')}`

/** Whether a room of this id is made by the API alone, and not by joining it. */
export const isMintedRoomId = (roomId: string) => /^rm_[A-Za-z0-9_-]{22}$/.test(roomId)

/** What a room was made to be; undefined for one that is made by joining it. */
export async function findDefinition(
  redis: Redis,
  environmentId: string,
  roomId: string,
): Promise<RoomDefinition | undefined> {
  const text = await answerOf(redis.get(keysOf(environmentId).definition(roomId)))
  return text === null ? undefined : RoomDefinition.parse(JSON.parse(text))
}
