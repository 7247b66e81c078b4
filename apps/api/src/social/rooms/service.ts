import { notFound, Problem } from '@aethex/shared/errors'
import { decodeCursor, encodeCursor } from '@aethex/shared/http'
import {
  closeRoom,
  codeGuesses,
  findDefinition,
  findListed,
  findRoomByCode,
  guesserOf,
  type RoomDefinition,
  RoomPosition,
  searchRooms,
} from '@aethex/shared/rooms'
import { type Ctx, environmentOf, playerOf } from '../../gateway/context.js'
import { writeDown } from './audit.js'
import type { RoomSearch } from './schema.js'
import { matcherOf } from './search.js'
import { toRoom } from './view.js'

export { makeRoom } from './make.js'

async function obtainRoom(ctx: Ctx, roomId: string): Promise<RoomDefinition> {
  const definition = await findDefinition(ctx.redis, environmentOf(ctx), roomId)
  if (definition === undefined) throw notFound()
  return definition
}

const hasSay = ({ actor }: Ctx, { host_id }: RoomDefinition) =>
  actor.kind === 'server' || (actor.kind === 'player' && actor.playerId === host_id)

async function view(ctx: Ctx, roomId: string, definition: RoomDefinition, cameByCode = false) {
  const listed = await findListed(ctx.redis, environmentOf(ctx), roomId)
  const isInCharge = hasSay(ctx, definition)
  const viewer = { knowsCode: cameByCode || isInCharge, hasSay: isInCharge }
  return { room: toRoom(roomId, definition, listed, viewer) }
}

/** Rooms that strangers may find, the newest first. */
export async function listRooms(ctx: Ctx, search: RoomSearch) {
  const { cursor, limit } = search
  const after = cursor === undefined ? undefined : decodeCursor(RoomPosition, cursor)
  const found = { after, limit, matches: matcherOf(search) }
  const { rooms, next } = await searchRooms(ctx.redis, environmentOf(ctx), found)
  return { items: rooms, next_cursor: next === undefined ? null : encodeCursor(next) }
}

/** One room, of whoever was told its id. Rooms that are made by joining them are not here. */
export async function getRoom(ctx: Ctx, roomId: string) {
  const definition = await obtainRoom(ctx, roomId)
  return view(ctx, roomId, definition)
}

/** The room of a code. Of many tries at once no more are looked at than a player may fail in a minute. */
export async function getRoomByCode(ctx: Ctx, code: string) {
  const { environmentId, playerId } = playerOf(ctx)
  const guesser = guesserOf(environmentId, playerId)
  await ctx.limits.take(codeGuesses, guesser)
  const roomId = await findRoomByCode(ctx.redis, environmentId, code)
  const definition =
    roomId === undefined ? undefined : await findDefinition(ctx.redis, environmentId, roomId)
  if (roomId === undefined || definition === undefined) throw notFound()
  // A unit that cannot be given back is lost with its minute.
  await ctx.limits.count(codeGuesses, guesser, -1).catch(() => undefined)
  if ([...definition.banned, ...definition.kicked].includes(playerId)) {
    throw new Problem('room_forbidden')
  }
  return view(ctx, roomId, definition, true)
}

/** Ends a room: its members are put out. For its host and for servers; to others it is not there. */
export async function endRoom(ctx: Ctx, roomId: string): Promise<void> {
  const definition = await obtainRoom(ctx, roomId)
  if (!hasSay(ctx, definition)) throw notFound()
  await closeRoom(ctx.redis, environmentOf(ctx), roomId, definition)
  await writeDown(ctx, 'rooms.close', roomId)
}
