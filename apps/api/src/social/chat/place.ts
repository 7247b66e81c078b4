import { type ChatChannel, nameOfChannel, readChannel, seatedAmong } from '@aethex/shared/chat'
import { notFound, Problem } from '@aethex/shared/errors'
import { type Ctx, environmentOf, playerOf } from '../../gateway/context.js'
import { usernameKey } from '../../players/auth/service.js'
import { groupSeat } from '../groups/service.js'
import { partyOf } from '../parties/service.js'
import { findGroup, listGroupMembers, listPartyMembers } from './people-store.js'
import { assertMayChat } from './permission.js'
import { rulesOf } from './rules.js'
import type { Spot } from './store.js'

type Of<K extends ChatChannel['kind']> = Extract<ChatChannel, { kind: K }>

/** A channel as somebody finds it who may be there. */
export interface Place extends Spot {
  channel: ChatChannel
  /** Who reads it; undefined where that is whoever listens. */
  members: readonly string[] | undefined
  /** Whether the player leads those who talk here, and so may delete and mention everyone. */
  leads: boolean
}

/** What the messages of a group belong to, however it is called. */
export const groupKey = (groupId: string) => `group.${groupId}`

const forbidden = () => new Problem('chat_forbidden')

function placeAt(
  channel: ChatChannel,
  { key, members, leads = false }: { key?: string; members?: readonly string[]; leads?: boolean },
): Place {
  const name = nameOfChannel(channel)
  return { channel, kind: channel.kind, name, key: key ?? name, members, leads }
}

async function assertWorld(ctx: Ctx, environmentId: string, world: string): Promise<void> {
  const { worlds } = await rulesOf(ctx, environmentId)
  if (worlds !== null && !worlds.includes(world)) throw forbidden()
}

async function groupPlace(ctx: Ctx, channel: Of<'group'>): Promise<Place> {
  const { environmentId, playerId } = playerOf(ctx)
  const seat = await groupSeat(environmentId, ctx.db, channel.group, playerId)
  if (seat === undefined || seat.world !== channel.world) throw forbidden()
  const members = await listGroupMembers(environmentId, ctx.db, seat.group_id)
  const called = { ...channel, group: seat.name }
  return placeAt(called, {
    key: groupKey(seat.group_id),
    members,
    leads: seat.role !== 'member',
  })
}

async function partyPlace(ctx: Ctx, channel: Of<'party'>): Promise<Place> {
  const { environmentId, playerId } = playerOf(ctx)
  const party = await partyOf(environmentId, ctx.db, playerId)
  if (party?.party_id !== channel.partyId) throw forbidden()
  return placeAt(channel, { members: party.member_ids, leads: party.leader_id === playerId })
}

function find(ctx: Ctx, channel: ChatChannel): Place | Promise<Place> {
  switch (channel.kind) {
    case 'group':
      return groupPlace(ctx, channel)
    case 'party':
      return partyPlace(ctx, channel)
    case 'direct':
      return placeAt(channel, { members: channel.playerIds })
    default:
      return placeAt(channel, {})
  }
}

async function assertIsThere(ctx: Ctx, channel: ChatChannel): Promise<void> {
  const { environmentId, playerId } = playerOf(ctx)
  if (channel.kind === 'world') await assertWorld(ctx, environmentId, channel.world)
  else if (channel.kind === 'direct') {
    if (!channel.playerIds.includes(playerId)) throw forbidden()
  } else if (channel.kind === 'room') {
    const { roomId } = channel
    const seats = await seatedAmong(ctx.redis, environmentId, roomId, [playerId])
    if (seats.length === 0) throw forbidden()
  }
}

/**
 * The channel of that name, for a player who may read it: everybody in a world, whom a relay node has in the room,
 * and members of the rest. A channel that does not exist is refused as one of others is. Throws `chat_forbidden`.
 */
export async function placeOf(ctx: Ctx, name: string): Promise<Place> {
  const { environmentId, playerId } = playerOf(ctx)
  const channel = readChannel(name)
  if (channel === undefined) throw forbidden()
  await assertMayChat(ctx, environmentId, playerId)
  await assertIsThere(ctx, channel)
  return find(ctx, channel)
}

/** The name by which a channel is known: a group's has the spelling that the group has. */
export async function spelledName(ctx: Ctx, name: string): Promise<string> {
  const channel = readChannel(name)
  if (channel?.kind !== 'group') return name
  const { group: called, world } = channel
  const group = await findGroup(environmentOf(ctx), ctx.db, usernameKey(called), world)
  return group === undefined ? name : nameOfChannel({ ...channel, group: group.name })
}

/** The channel of that name, for a moderator, who may read them all. Throws `not_found` for a group there is not. */
export async function placeForModerator(ctx: Ctx, name: string): Promise<Place> {
  const environmentId = environmentOf(ctx)
  const channel = readChannel(name)
  if (channel === undefined) throw notFound()
  if (channel.kind === 'group') {
    const key = usernameKey(channel.group)
    const group = await findGroup(environmentId, ctx.db, key, channel.world)
    if (group === undefined) throw notFound()
    const members = await listGroupMembers(environmentId, ctx.db, group.id)
    return placeAt(
      { ...channel, group: group.name },
      { key: groupKey(group.id), members, leads: true },
    )
  }
  if (channel.kind === 'party') {
    const members = await listPartyMembers(environmentId, ctx.db, channel.partyId)
    return placeAt(channel, { members, leads: true })
  }
  const members = channel.kind === 'direct' ? { members: channel.playerIds } : {}
  return placeAt(channel, { ...members, leads: true })
}
