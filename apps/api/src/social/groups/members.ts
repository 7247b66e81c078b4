import type { Db } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { type Ctx, playerOf } from '../../gateway/context.js'
import { putBan, removeBan } from './ban-store.js'
import {
  findMember,
  findSuccessor,
  type MemberRow,
  removeMember,
  writeRole,
} from './member-store.js'
import { takeRequest } from './request-store.js'
import type { GroupRole } from './schema.js'
import { assertStands, holdGroup, outranks, personOf, toMember } from './standing.js'
import { type GroupRow, giveLead, lockGroup, removeGroup } from './store.js'
import { changing, everybodyIn, happened, type Tidings } from './telling.js'

async function handOver(
  environmentId: string,
  tx: Db,
  group: GroupRow,
  heir: MemberRow,
): Promise<Tidings> {
  await giveLead(environmentId, tx, group.id, heir.player_id)
  const to = await everybodyIn(environmentId, tx, group.id)
  return { to, group: happened(group, 'role_changed', heir, 'leader') }
}

/**
 * Takes a player out of a group, which is never left without a leader: the longest-serving officer takes over, else the
 * longest-serving member, and with the last one the group ends.
 */
export async function takeOut(
  environmentId: string,
  tx: Db,
  groupId: string,
  playerId: string,
): Promise<Tidings[]> {
  const group = await lockGroup(environmentId, tx, groupId)
  const own = await findMember(environmentId, tx, groupId, playerId)
  if (group === undefined || own === undefined) return []
  const tidings: Tidings[] = []
  if (own.role === 'leader') {
    const heir = await findSuccessor(environmentId, tx, groupId)
    if (heir === undefined) {
      await removeGroup(environmentId, tx, groupId)
      return [{ to: [playerId], group: happened(group, 'deleted') }]
    }
    tidings.push(await handOver(environmentId, tx, group, heir))
  }
  await removeMember(environmentId, tx, groupId, playerId)
  const to = await everybodyIn(environmentId, tx, groupId, playerId)
  return [...tidings, { to, group: happened(group, 'left', own, null) }]
}

export async function leaveGroup(ctx: Ctx, groupId: string): Promise<void> {
  const { environmentId, playerId } = playerOf(ctx)
  await changing(ctx, async (tx, tidings) => {
    tidings.push(...(await takeOut(environmentId, tx, groupId, playerId)))
    if (tidings.length === 0) throw notFound()
  })
}

/** Officers and the leader act on those below them only. Throws `forbidden`. */
function assertBelow(own: MemberRow, target: MemberRow): void {
  if (!outranks(own.role, target.role)) throw new Problem('forbidden')
}

/** Throws `not_found` for who is no member, `forbidden` for who does not stand lower. */
export async function kickMember(ctx: Ctx, groupId: string, targetId: string): Promise<void> {
  const { environmentId, playerId } = playerOf(ctx)
  await changing(ctx, async (tx, tidings) => {
    const group = await holdGroup(environmentId, tx, groupId)
    const own = await assertStands(environmentId, tx, { groupId, playerId }, 'officer')
    const target = await findMember(environmentId, tx, groupId, targetId)
    if (target === undefined) throw notFound()
    assertBelow(own, target)
    await removeMember(environmentId, tx, groupId, targetId)
    const to = await everybodyIn(environmentId, tx, groupId, targetId)
    tidings.push({ to, group: happened(group, 'kicked', target) })
  })
}

/**
 * Makes a member an officer, or an officer a member; `leader` hands over the lead, and the leader before becomes an
 * officer. The leader alone may.
 */
export async function changeRole(ctx: Ctx, groupId: string, targetId: string, role: GroupRole) {
  const { environmentId, playerId } = playerOf(ctx)
  return changing(ctx, async (tx, tidings) => {
    const group = await holdGroup(environmentId, tx, groupId)
    const own = await assertStands(environmentId, tx, { groupId, playerId }, 'leader')
    const target = await findMember(environmentId, tx, groupId, targetId)
    if (target === undefined) throw notFound()
    if (target.role === role) return toMember(target)
    // A group without a leader cannot be: somebody else is made leader instead.
    if (targetId === playerId) throw new Problem('forbidden')
    if (role === 'leader') {
      await writeRole(environmentId, tx, groupId, playerId, 'officer')
      tidings.push(await handOver(environmentId, tx, group, target))
      const to = await everybodyIn(environmentId, tx, groupId)
      tidings.push({ to, group: happened(group, 'role_changed', own, 'officer') })
    } else {
      await writeRole(environmentId, tx, groupId, targetId, role)
      const to = await everybodyIn(environmentId, tx, groupId)
      tidings.push({ to, group: happened(group, 'role_changed', target, role) })
    }
    return toMember({ ...target, role })
  })
}

/** Keeps a player out, and throws them out if they are in. Officers may, for who stands lower. */
export async function banFromGroup(
  ctx: Ctx,
  groupId: string,
  targetId: string,
  reason: string,
): Promise<void> {
  const { environmentId, playerId } = playerOf(ctx)
  await changing(ctx, async (tx, tidings) => {
    const group = await holdGroup(environmentId, tx, groupId)
    const own = await assertStands(environmentId, tx, { groupId, playerId }, 'officer')
    const target = await findMember(environmentId, tx, groupId, targetId)
    if (target !== undefined) assertBelow(own, target)
    const person = target ?? (await personOf(environmentId, tx, targetId))
    await takeRequest(environmentId, tx, groupId, targetId)
    const ban = { player_id: targetId, banned_by: playerId, reason, created_at: ctx.now() }
    await putBan(environmentId, tx, groupId, ban)
    if (target !== undefined) await removeMember(environmentId, tx, groupId, targetId)
    const to = await everybodyIn(environmentId, tx, groupId, targetId)
    tidings.push({ to, group: happened(group, 'banned', person) })
  })
}

/** Throws `not_found` for who is not banned. Officers may. */
export async function unbanFromGroup(ctx: Ctx, groupId: string, targetId: string): Promise<void> {
  const { environmentId, playerId } = playerOf(ctx)
  await changing(ctx, async tx => {
    await holdGroup(environmentId, tx, groupId)
    await assertStands(environmentId, tx, { groupId, playerId }, 'officer')
    if (!(await removeBan(environmentId, tx, groupId, targetId))) throw notFound()
  })
}
