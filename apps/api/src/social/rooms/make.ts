import { Problem } from '@aethex/shared/errors'
import { createRoom, mintRoomId, RoomDefinition } from '@aethex/shared/rooms'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { readSetting } from '../../studio/settings/service.js'
import { writeDown } from './audit.js'
import { admitSaid } from './said.js'
import type { NewRoom } from './schema.js'
import { roomKinds } from './settings.js'
import { toRoom } from './view.js'

const perPlayer = { name: 'rooms', quota: 30, windowSeconds: 600 }

const forbidden = (detail: string) => new Problem('forbidden', { detail })

/** What a player, whom the studio sets bounds, makes of a kind. Throws `forbidden`. */
async function boundsFor(ctx: Ctx, wish: NewRoom) {
  const { kinds } = await readSetting(environmentOf(ctx), ctx.db, roomKinds)
  const kind = Object.hasOwn(kinds, wish.kind) ? kinds[wish.kind] : undefined
  const mostMembers = kind?.max_members ?? 100
  if (ctx.actor.kind === 'server') {
    return { ...kind, ...wish, max_members: wish.max_members ?? mostMembers }
  }
  if (kind?.made_by !== 'players') throw forbidden('Players make no rooms of this kind.')
  if (wish.host_id !== undefined) throw forbidden('A player is the host of their own rooms.')
  return { ...wish, ...kind, max_members: Math.min(wish.max_members ?? mostMembers, mostMembers) }
}

/** Makes a room of an id that nobody guesses; it waits ten minutes for the first who joins. */
export async function makeRoom(ctx: Ctx, wish: NewRoom) {
  const environmentId = environmentOf(ctx)
  const { actor } = ctx
  const bounds = await boundsFor(ctx, wish)
  if (actor.kind === 'player') {
    await ctx.limits.take(perPlayer, `${environmentId} ${actor.playerId}`)
  }
  const said = { name: bounds.name, properties: wish.properties }
  const shown = actor.kind === 'player' ? await admitSaid(ctx, environmentId, said) : said
  const isHosted = wish.is_hosted ?? (actor.kind === 'player' || wish.host_id !== undefined)
  const hostId = actor.kind === 'player' ? actor.playerId : wish.host_id
  const { tick_ms, reconnect_seconds, state_schema, max_members } = bounds
  const definition = RoomDefinition.parse({
    kind: wish.kind,
    name: shown.name ?? undefined,
    max_members,
    most_members: max_members,
    tick_ms,
    reconnect_seconds,
    state_schema,
    properties: shown.properties,
    is_listed: wish.is_listed,
    teams: wish.teams,
    region: wish.region,
    invited: [...new Set([...wish.invited, ...(hostId === undefined ? [] : [hostId])])],
    is_hosted: isHosted,
    host_id: isHosted ? hostId : undefined,
    created_at: ctx.now().getTime(),
  })
  const roomId = mintRoomId()
  const isPrivate = wish.is_private
  const made = await createRoom(ctx.redis, { environmentId, roomId, definition, isPrivate })
  await writeDown(ctx, 'rooms.create', roomId, { kind: made.kind })
  return { room: toRoom(roomId, made, undefined, { knowsCode: true, hasSay: true }) }
}
