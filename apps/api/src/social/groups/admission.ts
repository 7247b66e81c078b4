import type { Db } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { type Ctx, playerOf } from '../../gateway/context.js'
import { readSetting } from '../../studio/settings/service.js'
import { assertMayMeet, blocksAround, isBlockedBetween, mayMeet } from '../friends/service.js'
import { admitWords } from '../speech/service.js'
import { isBanned } from './ban-store.js'
import { addMember, countSeats, findMember, takeTurn } from './member-store.js'
import {
  countRequests,
  findRequest,
  putRequest,
  type RequestRow,
  takeRequest,
} from './request-store.js'
import { groupLimits } from './settings.js'
import { assertStands, holdGroup, type Person, personOf, toGroup } from './standing.js'
import { findGroup, type GroupRow } from './store.js'
import { changing, decidersIn, everybodyIn, happened, type Tidings } from './telling.js'

const dayMs = 86_400_000
/** Of one player. */
const inviting = { name: 'group-invitations-sent', quota: 100, windowSeconds: 600 }
const mostOpen = { ofGroup: 500, ofPlayer: 50 }

/** Gives the player a seat in a group that is held. Throws `limit_reached`, `group_full`. */
async function admit(
  environmentId: string,
  tx: Db,
  group: GroupRow,
  person: Person,
): Promise<{ group: GroupRow; tidings: Tidings }> {
  await takeTurn(environmentId, tx, person.player_id)
  const { groups_per_player: allowed } = await readSetting(environmentId, tx, groupLimits)
  if ((await countSeats(environmentId, tx, person.player_id)) >= allowed) {
    throw new Problem('limit_reached', { extensions: { allowed } })
  }
  await takeRequest(environmentId, tx, group.id, person.player_id)
  if (!(await addMember(environmentId, tx, group.id, person.player_id))) {
    throw new Problem('group_full')
  }
  return {
    group: { ...group, member_count: group.member_count + 1 },
    tidings: {
      to: await everybodyIn(environmentId, tx, group.id, person.player_id),
      group: happened(group, 'joined', person, 'member'),
    },
  }
}

async function keepOpen(
  ctx: Ctx,
  tx: Db,
  environmentId: string,
  request: Pick<RequestRow, 'group_id' | 'player_id' | 'kind' | 'invited_by' | 'message'>,
) {
  const open = await countRequests(environmentId, tx, request.group_id, request.player_id)
  if (open.of_group >= mostOpen.ofGroup) {
    throw new Problem('limit_reached', { extensions: { allowed: mostOpen.ofGroup } })
  }
  if (request.kind === 'request' && open.of_player >= mostOpen.ofPlayer) {
    throw new Problem('limit_reached', { extensions: { allowed: mostOpen.ofPlayer } })
  }
  const { invitation_days } = await readSetting(environmentId, tx, groupLimits)
  const created_at = ctx.now()
  const expires_at = new Date(created_at.getTime() + invitation_days * dayMs)
  const kept = { ...request, created_at, expires_at }
  await putRequest(environmentId, tx, kept)
  return kept
}

/**
 * Enters an open group, or one that has invited the player; asks to be let in where that is needed. Officers who block
 * the player, or are blocked, are not told, and do not read what the player writes.
 * Throws `group_banned`, `already_in_group`, `invitation_required`, `group_full`, `limit_reached`.
 */
export async function joinGroup(ctx: Ctx, groupId: string, words: string) {
  const { environmentId, playerId } = playerOf(ctx)
  if (words !== '') await assertMayMeet(ctx)
  const message = await admitWords(ctx, environmentId, playerId, words)
  return changing(ctx, async (tx, tidings) => {
    const group = await holdGroup(environmentId, tx, groupId)
    if (await isBanned(environmentId, tx, groupId, playerId)) throw new Problem('group_banned')
    if ((await findMember(environmentId, tx, groupId, playerId)) !== undefined) {
      throw new Problem('already_in_group')
    }
    const person = await personOf(environmentId, tx, playerId)
    const pending = await findRequest(environmentId, tx, groupId, playerId, ctx.now())
    if (group.admission === 'open' || pending?.kind === 'invitation') {
      const admitted = await admit(environmentId, tx, group, person)
      tidings.push(admitted.tidings)
      return { status: 'joined' as const, group: toGroup(admitted.group) }
    }
    if (group.admission === 'invitation') throw new Problem('invitation_required')
    if (pending === undefined) {
      const wish = { group_id: groupId, player_id: playerId, invited_by: null, message }
      await keepOpen(ctx, tx, environmentId, { ...wish, kind: 'request' })
      const apart = new Set(await blocksAround(environmentId, tx, playerId))
      const to = (await decidersIn(environmentId, tx, groupId)).filter(id => !apart.has(id))
      tidings.push({ to, group: happened(group, 'requested', person) })
    }
    return { status: 'requested' as const, group: toGroup(group) }
  })
}

/**
 * Invites a player, or lets in one who has asked before. Officers may. Somebody who has blocked the inviter, or is
 * blocked, is not to be found. Words to somebody are words wherever they stand: who may not chat sends none (throws
 * `age_required`, `parental_consent_required`) and gets none.
 */
export async function inviteToGroup(
  ctx: Ctx,
  groupId: string,
  { player_id, message: words }: { player_id: string; message: string },
) {
  const { environmentId, playerId } = playerOf(ctx)
  await ctx.limits.take(inviting, `${environmentId} ${playerId}`)
  if (words !== '') await assertMayMeet(ctx)
  const message = await admitWords(ctx, environmentId, playerId, words)
  const heard = message !== '' && (await mayMeet(ctx, environmentId, player_id)) ? message : ''
  return changing(ctx, async (tx, tidings) => {
    const group = await holdGroup(environmentId, tx, groupId)
    await assertStands(environmentId, tx, { groupId, playerId }, 'officer')
    const person = await personOf(environmentId, tx, player_id)
    if (await isBlockedBetween(environmentId, tx, playerId, player_id)) throw notFound()
    if ((await findMember(environmentId, tx, groupId, player_id)) !== undefined) {
      throw new Problem('already_in_group')
    }
    if (await isBanned(environmentId, tx, groupId, player_id)) throw new Problem('group_banned')
    const pending = await findRequest(environmentId, tx, groupId, player_id, ctx.now())
    if (pending?.kind === 'request') {
      const admitted = await admit(environmentId, tx, group, person)
      tidings.push(admitted.tidings)
      return { status: 'joined' as const, group: toGroup(admitted.group) }
    }
    const wish = { group_id: groupId, player_id, invited_by: playerId, message: heard }
    await keepOpen(ctx, tx, environmentId, { ...wish, kind: 'invitation' })
    tidings.push({ to: [player_id], group: happened(group, 'invited', person) })
    return { status: 'invited' as const, group: toGroup(group) }
  })
}

/** Lets in a player who has asked. Officers may. Throws `not_found` when nobody asks (any more). */
export async function acceptRequest(ctx: Ctx, groupId: string, candidateId: string) {
  const { environmentId, playerId } = playerOf(ctx)
  return changing(ctx, async (tx, tidings) => {
    const group = await holdGroup(environmentId, tx, groupId)
    await assertStands(environmentId, tx, { groupId, playerId }, 'officer')
    const pending = await findRequest(environmentId, tx, groupId, candidateId, ctx.now())
    if (pending?.kind !== 'request') throw notFound()
    const admitted = await admit(environmentId, tx, group, pending)
    tidings.push(admitted.tidings)
    return { group: toGroup(admitted.group) }
  })
}

/** Refuses who has asked, or takes an invitation back. Officers may. Throws `not_found` when nothing is open. */
export async function refuseRequest(ctx: Ctx, groupId: string, candidateId: string): Promise<void> {
  const { environmentId, playerId } = playerOf(ctx)
  await changing(ctx, async (tx, tidings) => {
    const group = await holdGroup(environmentId, tx, groupId)
    await assertStands(environmentId, tx, { groupId, playerId }, 'officer')
    const pending = await findRequest(environmentId, tx, groupId, candidateId, ctx.now())
    if (pending === undefined) throw notFound()
    await takeRequest(environmentId, tx, groupId, candidateId)
    const change = pending.kind === 'request' ? 'refused' : 'uninvited'
    tidings.push({ to: [candidateId], group: happened(group, change, pending) })
  })
}

/** Declines an invitation, or takes the player's own request back. Throws `not_found` when nothing is open. */
export async function withdrawOwn(ctx: Ctx, groupId: string): Promise<void> {
  const { environmentId, playerId } = playerOf(ctx)
  await changing(ctx, async tx => {
    if ((await findGroup(environmentId, tx, groupId)) === undefined) throw notFound()
    if (!(await takeRequest(environmentId, tx, groupId, playerId))) throw notFound()
  })
}
