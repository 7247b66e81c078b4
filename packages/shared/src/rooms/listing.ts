import { z } from 'zod'
import { answerOf, type Redis } from '../redis/index.js'
import type { RoomDefinition } from './definition.js'
import { keysOf } from './keys.js'

/** A room as strangers see it. */
export const ListedRoom = z.object({
  room_id: z.string(),
  kind: z.string(),
  name: z.string().nullable(),
  members: z.int(),
  max_members: z.int(),
  is_private: z.boolean(),
  locked: z.boolean(),
  region: z.string().nullable().default(null),
  host_id: z.string().nullable(),
  teams: z.array(z.string()).nullable(),
  properties: z.record(z.string(), z.unknown()),
  created_at: z.iso.datetime(),
})
export type ListedRoom = z.infer<typeof ListedRoom>

export const listedAs = (
  roomId: string,
  definition: RoomDefinition,
  members: number,
  maxMembers: number,
): ListedRoom => ({
  room_id: roomId,
  kind: definition.kind,
  name: definition.name ?? null,
  members,
  max_members: maxMembers,
  is_private: definition.code !== undefined,
  locked: definition.locked,
  region: definition.region ?? null,
  host_id: definition.host_id ?? null,
  teams: definition.teams ?? null,
  properties: definition.properties,
  created_at: new Date(definition.created_at).toISOString(),
})

/** Where a list goes on: behind this room. */
export const RoomPosition = z.tuple([z.number(), z.string()])
export type RoomPosition = z.infer<typeof RoomPosition>

export interface RoomSearch {
  after: RoomPosition | undefined
  limit: number
  matches(room: ListedRoom): boolean
}

const atOnce = 100
/** A search that fits hardly anything must not read thousands of rooms; it goes on with the cursor. */
const mostLookedAt = 1_000

/** What is known of rooms, in the order of the ids. */
async function readEntries(redis: Redis, environmentId: string, roomIds: readonly string[]) {
  const keys = roomIds.map(keysOf(environmentId).entry)
  const texts = keys.length === 0 ? [] : await answerOf(redis.mget(keys))
  return texts.map(text => (text === null ? undefined : ListedRoom.parse(JSON.parse(text))))
}

/** How a room stands now; undefined when there is no such room, or nobody was there for some minutes. */
export async function findListed(
  redis: Redis,
  environmentId: string,
  roomId: string,
): Promise<ListedRoom | undefined> {
  return (await readEntries(redis, environmentId, [roomId]))[0]
}

const isBehind = ([score, id]: RoomPosition, after: RoomPosition | undefined) =>
  after === undefined || score < after[0] || (score === after[0] && id < after[1])

/** Rooms in lists, the newest first. Nodes that died take theirs with them; what they left here is swept out. */
export async function searchRooms(
  redis: Redis,
  environmentId: string,
  { after, limit, matches }: RoomSearch,
): Promise<{ rooms: ListedRoom[]; next: RoomPosition | undefined }> {
  const { listed } = keysOf(environmentId)
  const rooms: ListedRoom[] = []
  const top = after?.[0] ?? '+inf'
  let behind = after
  let offset = 0
  for (let looked = 0; looked < mostLookedAt; looked += atOnce) {
    const found = await answerOf(
      redis.zrevrangebyscore(listed, top, '-inf', 'WITHSCORES', 'LIMIT', offset, atOnce),
    )
    const places: RoomPosition[] = []
    for (let at = 0; at + 1 < found.length; at += 2) {
      places.push([Number(found[at + 1]), found[at] ?? ''])
    }
    const ids = places.map(([, id]) => id)
    const entries = await readEntries(redis, environmentId, ids)
    const dead = ids.filter((_, index) => entries[index] === undefined)
    await sweep(redis, listed, dead)
    // Those behind the dead move up into their places.
    offset += places.length - dead.length
    for (const [index, place] of places.entries()) {
      const entry = entries[index]
      if (entry === undefined || !isBehind(place, behind) || !matches(entry)) continue
      rooms.push(entry)
      if (rooms.length === limit) return { rooms, next: place }
    }
    if (places.length < atOnce) return { rooms, next: undefined }
    behind = places.at(-1)
  }
  return { rooms, next: behind }
}

async function sweep(redis: Redis, listed: string, dead: readonly string[]): Promise<void> {
  if (dead.length > 0) await answerOf(redis.zrem(listed, ...dead))
}
