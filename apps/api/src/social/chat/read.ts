import { grantPass, nameOfChannel, readChannel, seatedAmong } from '@aethex/shared/chat'
import type { z } from 'zod'
import { type Ctx, playerOf } from '../../gateway/context.js'
import { usernamesOf } from '../../players/profiles/service.js'
import { partyOf } from '../parties/service.js'
import { muteOf } from '../speech/service.js'
import { hiddenFor, hiddenFrom } from './hidden.js'
import { findMark, listUnread, markRead, type UnreadRow } from './mark-store.js'
import { findSeatInGroup } from './people-store.js'
import { assertMayChat } from './permission.js'
import { groupKey, type Place, placeOf } from './place.js'
import { rulesOf } from './rules.js'
import type { HistoryPage } from './schema.js'
import { type Cut, findChannel, listMessages } from './store.js'
import { tell } from './tell.js'
import { toMessage } from './to-message.js'
import { assertReaches } from './write.js'

/** A channel as the player finds it; lets the player listen to it at any relay node. */
export async function readChannelOf(ctx: Ctx, name: string) {
  const { environmentId, playerId } = playerOf(ctx)
  const place = await placeOf(ctx, name)
  const [row, mark, mute, rules] = await Promise.all([
    findChannel(environmentId, ctx.db, place.key),
    findMark(environmentId, ctx.db, playerId, place.key),
    muteOf(ctx, environmentId, ctx.db, playerId, place.name),
    rulesOf(ctx, environmentId),
    grantPass(ctx.redis, environmentId, place.name, playerId),
  ])
  return {
    channel: {
      channel: place.name,
      kind: place.kind,
      last_number: row?.last_number ?? 0,
      last_change: row?.last_change ?? 0,
      read_number: mark,
      slow_mode_seconds: rules.slow_channels[place.name] ?? rules.slow_mode_seconds[place.kind],
      max_length: rules.max_length,
      mute: mute ?? null,
    },
  }
}

const largest = 2_147_483_647

function cutOf(page: z.output<typeof HistoryPage>, hidden: readonly string[]): Cut {
  const limit = page.limit + 1
  if (page.changes_after !== undefined) {
    return { way: 'changes', from: page.changes_after, limit, hidden }
  }
  if (page.after !== undefined) return { way: 'after', from: page.after, limit, hidden }
  return { way: 'before', from: page.before ?? largest, limit, hidden }
}

/** A page of what was said in a place, without what `hidden` have said. */
export async function historyAt(
  ctx: Ctx,
  environmentId: string,
  place: Place,
  page: z.output<typeof HistoryPage>,
  hidden: readonly string[],
) {
  // Asked first: what comes in between is at most told twice, never not at all.
  const channel = await findChannel(environmentId, ctx.db, place.key)
  const cut = cutOf(page, hidden)
  const rows = await listMessages(environmentId, ctx.db, place.key, cut)
  const items = rows.slice(0, page.limit).map(row => toMessage(place.name, row))
  return {
    items: cut.way === 'before' ? items.reverse() : items,
    last_number: channel?.last_number ?? 0,
    last_change: channel?.last_change ?? 0,
    more: rows.length > page.limit,
  }
}

export async function readHistory(ctx: Ctx, name: string, page: z.output<typeof HistoryPage>) {
  const { environmentId, playerId } = playerOf(ctx)
  const place = await placeOf(ctx, name)
  const hidden = await hiddenFor(environmentId, ctx.db, playerId)
  return historyAt(ctx, environmentId, place, page, hidden)
}

/** Remembers how far the player has read. In a direct channel and a party the others are told. */
export async function setReadMark(ctx: Ctx, name: string, number: number) {
  const { environmentId, playerId } = playerOf(ctx)
  const place = await placeOf(ctx, name)
  const marked = await markRead(environmentId, ctx.db, playerId, place.key, number, ctx.now())
  const read = marked ?? 0
  if (marked !== undefined && (place.kind === 'direct' || place.kind === 'party')) {
    const hidden = await hiddenFrom(environmentId, ctx.db, playerId)
    const event = { type: 'read', player_id: playerId, number: read } as const
    await tell(ctx, environmentId, place, event, hidden)
  }
  return { read_number: read }
}

/** What a channel on the player's list is called now; undefined when the player may not read it any more. */
async function nameNow(ctx: Ctx, { key, name }: UnreadRow): Promise<string | undefined> {
  const { environmentId, playerId } = playerOf(ctx)
  const channel = readChannel(name)
  switch (channel?.kind) {
    case 'group': {
      const groupId = key.slice(groupKey('').length)
      const seat = await findSeatInGroup(environmentId, ctx.db, groupId, playerId)
      return seat && nameOfChannel({ kind: 'group', world: seat.world, group: seat.name })
    }
    case 'party': {
      const party = await partyOf(environmentId, ctx.db, playerId)
      return party?.party_id === channel.partyId ? name : undefined
    }
    case 'room': {
      const seats = await seatedAmong(ctx.redis, environmentId, channel.roomId, [playerId])
      return seats.length > 0 ? name : undefined
    }
    default:
      return channel && name
  }
}

/** The channels in which others have said something that the player has not read. */
export async function unreadChannels(ctx: Ctx) {
  const { environmentId, playerId } = playerOf(ctx)
  await assertMayChat(ctx, environmentId, playerId)
  const hidden = await hiddenFor(environmentId, ctx.db, playerId)
  const rows = await listUnread(environmentId, ctx.db, playerId, hidden)
  const names = await Promise.all(rows.map(row => nameNow(ctx, row)))
  const items = rows.flatMap(({ key: _key, name: _name, ...row }, index) => {
    const channel = names[index]
    return channel === undefined ? [] : { channel, ...row }
  })
  return { items }
}

const typingBudget = { name: 'chat-typing', quota: 20, windowSeconds: 30 }

/** Shows those who listen that the player is writing; nothing is kept. Judged as a message would be. */
export async function showTyping(ctx: Ctx, name: string): Promise<void> {
  const { environmentId, playerId } = playerOf(ctx)
  await ctx.limits.take(typingBudget, `${environmentId}:${playerId}`)
  const place = await placeOf(ctx, name)
  await assertReaches(ctx, place)
  if (await muteOf(ctx, environmentId, ctx.db, playerId, place.name)) return
  const [hidden, names] = await Promise.all([
    hiddenFrom(environmentId, ctx.db, playerId),
    usernamesOf(environmentId, ctx.db, [playerId]),
  ])
  const username = names.get(playerId) ?? ''
  await tell(ctx, environmentId, place, { type: 'typing', player_id: playerId, username }, hidden)
}
