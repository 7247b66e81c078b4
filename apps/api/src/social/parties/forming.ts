import { Problem } from '@aethex/shared/errors'
import { v7 as uuidv7 } from 'uuid'
import type { z } from 'zod'
import { type Ctx, playerOf } from '../../gateway/context.js'
import { addSeat, findPartyId, writeReady } from './member-store.js'
import type { NewParty, PartyChanges } from './schema.js'
import { allowedSize, assertLeads, holdOwnParty } from './standing.js'
import { addParty, touchParty } from './store.js'
import { changing, mirror, noEffects, resulting } from './telling.js'
import { wholeParty } from './view.js'

/** Makes a party that the player leads. Throws `already_in_party`. */
export async function createParty(ctx: Ctx, wish: z.output<typeof NewParty>) {
  const { environmentId, playerId } = playerOf(ctx)
  return changing(ctx, async (tx, effects) => {
    const { is_open, data } = wish
    const max_size = await allowedSize(environmentId, tx, wish.max_size)
    const id = uuidv7()
    const fresh = { id, leader_id: playerId, is_open, max_size, data, created_at: ctx.now() }
    await addParty(environmentId, tx, fresh)
    await addSeat(environmentId, tx, id, playerId)
    return resulting(ctx, environmentId, tx, id, effects)
  })
}

/** The party that the player is in, if any. Shows it to the relays again, who may have lost it. */
export async function readOwnParty(ctx: Ctx) {
  const { environmentId, playerId } = playerOf(ctx)
  return { party: (await refreshMirror(ctx, environmentId, playerId))?.party ?? null }
}

/** Shows a player's party to the relays again; for who is about to talk to one. */
export async function refreshMirror(
  ctx: Pick<Ctx, 'db' | 'redis' | 'now'>,
  environmentId: string,
  playerId: string,
) {
  const partyId = await findPartyId(environmentId, ctx.db, playerId)
  if (partyId === undefined) return undefined
  const whole = await wholeParty(environmentId, ctx.db, partyId, ctx.now())
  // It may have ended, or the player left it, between the two looks.
  if (!whole?.seats.some(seat => seat.player_id === playerId)) return undefined
  await mirror(ctx, environmentId, { ...noEffects(), whole })
  return whole
}

/** Changes what is given; with `version`, only if the party is still at it (`version_mismatch`). For the leader. */
export async function updateParty(
  ctx: Ctx,
  partyId: string,
  changes: z.output<typeof PartyChanges>,
  version: number | undefined,
) {
  const { environmentId, playerId } = playerOf(ctx)
  return changing(ctx, async (tx, effects) => {
    const held = await holdOwnParty(environmentId, tx, { partyId, playerId })
    assertLeads(held, playerId)
    if (version !== undefined && version !== held.party.version) {
      throw new Problem('version_mismatch')
    }
    if (changes.max_size !== undefined) {
      await allowedSize(environmentId, tx, changes.max_size)
      if (changes.max_size < held.party.member_count) throw new Problem('party_full')
    }
    await touchParty(environmentId, tx, partyId, ctx.now(), changes)
    return resulting(ctx, environmentId, tx, partyId, effects)
  })
}

/** Says whether the player is ready. */
export async function setReadiness(ctx: Ctx, partyId: string, ready: boolean) {
  const { environmentId, playerId } = playerOf(ctx)
  return changing(ctx, async (tx, effects) => {
    await holdOwnParty(environmentId, tx, { partyId, playerId })
    await writeReady(environmentId, tx, partyId, playerId, ready)
    await touchParty(environmentId, tx, partyId, ctx.now())
    return resulting(ctx, environmentId, tx, partyId, effects)
  })
}
