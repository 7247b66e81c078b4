import { z } from 'zod'
import { roomKey } from '../fleet/index.js'
import type { Logger } from '../log/index.js'
import { answerOf, type Redis } from '../redis/index.js'
import { mintRoomCode } from './codes.js'
import { definitionSeconds, type RoomDefinition } from './definition.js'
import { keysOf } from './keys.js'
import { type ListedRoom, listedAs } from './listing.js'

/** How long a room stays in lists after its node was heard of last; nodes renew it every few seconds. */
const entrySeconds = 15
const closedSeconds = 86_400
const closures = 'rooms:closed'

/** What Redis holds of a room: what it was made to be, and how it stands. */
export interface RoomRecord {
  environmentId: string
  roomId: string
  definition: RoomDefinition
  /** Undefined for one that is to be in no list and shows no count: nobody is there. */
  entry: ListedRoom | undefined
}

/** Writes down a new room, in which nobody is yet; a private one gets a code. Answers what was written. */
export async function createRoom(
  redis: Redis,
  {
    environmentId,
    roomId,
    definition,
    isPrivate,
  }: Omit<RoomRecord, 'entry'> & { isPrivate: boolean },
): Promise<RoomDefinition> {
  const keys = keysOf(environmentId)
  const code = isPrivate ? await takeCode(redis, environmentId, roomId) : undefined
  const made = code === undefined ? definition : { ...definition, code }
  const entry = listedAs(roomId, made, 0, made.max_members ?? 0)
  const batch = redis.multi()
  batch.set(keys.definition(roomId), JSON.stringify(made), 'EX', definitionSeconds)
  batch.set(keys.entry(roomId), JSON.stringify(entry), 'EX', definitionSeconds)
  if (made.is_listed) {
    batch.zadd(keys.listed, made.created_at, roomId)
    batch.expire(keys.listed, definitionSeconds)
  }
  await answerOf(batch.exec())
  return made
}

async function takeCode(redis: Redis, environmentId: string, roomId: string): Promise<string> {
  for (;;) {
    const code = mintRoomCode()
    const key = keysOf(environmentId).code(code)
    const taken = await answerOf(redis.set(key, roomId, 'EX', definitionSeconds, 'NX'))
    if (taken === 'OK') return code
  }
}

// Only the node that holds the room speaks for it, and nobody brings a closed room back.
const keepScript = `
if redis.call('EXISTS', KEYS[3]) == 1 then return 'closed' end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'lost' end
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
if KEYS[6] then redis.call('SET', KEYS[6], ARGV[7], 'EX', ARGV[3]) end
if ARGV[4] == '' then redis.call('DEL', KEYS[4]) else redis.call('SET', KEYS[4], ARGV[4], 'EX', ARGV[5]) end
if ARGV[6] == '' then
  redis.call('ZREM', KEYS[5], ARGV[7])
else
  redis.call('ZADD', KEYS[5], ARGV[6], ARGV[7])
  redis.call('EXPIRE', KEYS[5], ARGV[3])
end
return 'kept'`

const Kept = z.enum(['kept', 'lost', 'closed'])

/** Writes a room down as its node has it, for a while. `lost` when the room is not that node's, or Redis forgot that it is. */
export async function keepRoom(
  redis: Redis,
  nodeId: string,
  { environmentId, roomId, definition, entry }: RoomRecord,
): Promise<z.infer<typeof Kept>> {
  const keys = keysOf(environmentId)
  const { code } = definition
  const all = [
    roomKey(environmentId, roomId),
    keys.definition(roomId),
    keys.closed(roomId),
    keys.entry(roomId),
    keys.listed,
    ...(code === undefined ? [] : [keys.code(code)]),
  ]
  const isListed = entry !== undefined && definition.is_listed
  const answer = await answerOf(
    redis.eval(
      keepScript,
      all.length,
      ...all,
      nodeId,
      JSON.stringify(definition),
      definitionSeconds,
      entry === undefined ? '' : JSON.stringify(entry),
      entrySeconds,
      isListed ? definition.created_at : '',
      roomId,
    ),
  )
  return Kept.parse(answer)
}

const Closure = z.object({ environment_id: z.string(), room_id: z.string() })

/** Ends a room for good: its node hears of it now, or finds it when it renews the room. */
export async function closeRoom(
  redis: Redis,
  environmentId: string,
  roomId: string,
  { code }: Pick<RoomDefinition, 'code'>,
): Promise<void> {
  const keys = keysOf(environmentId)
  const closure: z.infer<typeof Closure> = { environment_id: environmentId, room_id: roomId }
  const batch = redis.multi()
  batch.set(keys.closed(roomId), '1', 'EX', closedSeconds)
  batch.del(keys.definition(roomId), keys.entry(roomId))
  batch.zrem(keys.listed, roomId)
  if (code !== undefined) batch.del(keys.code(code))
  batch.publish(closures, JSON.stringify(closure))
  await answerOf(batch.exec())
}

/** Whether somebody has closed the room. */
export async function isClosed(redis: Redis, environmentId: string, roomId: string) {
  return (await answerOf(redis.exists(keysOf(environmentId).closed(roomId)))) === 1
}

/** Hears of rooms that are closed; whoever missed it finds out by `keepRoom`. */
export function watchClosures(
  subscriber: Redis,
  log: Logger,
  listen: (environmentId: string, roomId: string) => void,
): void {
  subscriber.on('message', (channel: string, text: string) => {
    if (channel !== closures) return
    const { success, data } = Closure.safeParse(JSON.parse(text))
    if (success) listen(data.environment_id, data.room_id)
  })
  const follow = () =>
    void subscriber
      .subscribe(closures)
      .catch(error => log.warn({ err: error }, 'could not listen for closed rooms'))
  subscriber.on('ready', follow)
  if (subscriber.status === 'ready') follow()
}
