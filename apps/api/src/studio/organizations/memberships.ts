import { audit } from '@aethex/shared/audit'
import type { Db } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { decodeCursor, pageOf } from '@aethex/shared/http'
import { z } from 'zod'
import { auditActorOf, type Ctx, memberOf } from '../../gateway/context.js'
import { mayGrant, type Role } from '../../gateway/roles.js'
import {
  countOwnersOf,
  findMemberRole,
  findMembershipRow,
  listMembershipRows,
  lockOrganizationRow,
  type MembershipRow,
  removeMembership,
  setMemberRole,
} from './membership-store.js'

const toOrganizationMember = ({ created_at, ...row }: MembershipRow) => ({
  ...row,
  joined_at: created_at.toISOString(),
})

/** Those who belong to an organisation. */
export async function listOrganizationMembers(
  ctx: Ctx,
  organizationId: string,
  page: { limit: number; cursor?: string | undefined },
) {
  const after = page.cursor === undefined ? undefined : decodeCursor(z.uuid(), page.cursor)
  const rows = await listMembershipRows(organizationId, ctx.db, after, page.limit + 1)
  return pageOf(rows, page.limit, toOrganizationMember, row => row.member_id)
}

/** Holds the organisation for this transaction. Throws `not_found` when it is gone. */
export async function lockOrganization(organizationId: string, tx: Db) {
  const row = await lockOrganizationRow(organizationId, tx)
  if (row === undefined) throw notFound()
  return row
}

/** The role that somebody has right now; throws `not_found` for who does not belong to the organisation. */
async function roleOf(organizationId: string, tx: Db, memberId: string): Promise<Role | null> {
  const role = await findMemberRole(organizationId, tx, memberId)
  if (role === undefined) throw notFound()
  return role
}

/** Throws `forbidden` when somebody with this role may not make somebody else that. */
export function assertMayGrant(held: readonly Role[], granted: Role): void {
  if (mayGrant(held, granted)) return
  const detail =
    granted === 'owner'
      ? 'Only an owner makes owners.'
      : `The role ${granted} allows more than your own.`
  throw new Problem('forbidden', { detail })
}

/** Throws `last_owner` when nobody else owns the organisation. Ask it with the organisation locked. */
export async function assertOwnerRemains(organizationId: string, tx: Db): Promise<void> {
  if ((await countOwnersOf(organizationId, tx)) < 2) throw new Problem('last_owner')
}

/**
 * What may be done to somebody's membership, judged by what both are at this moment and not by what they were when
 * the request came in: of two owners who demote each other at once, one is an owner no more and is refused.
 */
async function touchMembership(organizationId: string, tx: Db, actorId: string, memberId: string) {
  await lockOrganization(organizationId, tx)
  const actorRole = await roleOf(organizationId, tx, actorId)
  const role = await roleOf(organizationId, tx, memberId)
  if (role === 'owner' && actorRole !== 'owner') {
    throw new Problem('forbidden', { detail: 'Only an owner changes owners.' })
  }
  return { actorRole, role }
}

/** Gives somebody another role; null leaves them what their teams allow. Counts from their next call on. */
export async function changeRole(
  ctx: Ctx,
  organizationId: string,
  memberId: string,
  role: Role | null,
) {
  const { memberId: actorId } = memberOf(ctx)
  return ctx.db.transaction(async tx => {
    const before = await touchMembership(organizationId, tx, actorId, memberId)
    if (role !== null) assertMayGrant(before.actorRole === null ? [] : [before.actorRole], role)
    if (before.role === 'owner' && role !== 'owner') await assertOwnerRemains(organizationId, tx)
    await setMemberRole(organizationId, tx, memberId, role)
    await audit(tx, {
      organizationId,
      actor: auditActorOf(ctx),
      action: 'organizations.change_role',
      target: memberId,
      details: { from: before.role, to: role },
      requestId: ctx.requestId,
    })
    const row = await findMembershipRow(organizationId, tx, memberId)
    if (row === undefined) throw notFound()
    return { member: toOrganizationMember(row) }
  })
}

async function depart(ctx: Ctx, organizationId: string, memberId: string, action: string) {
  const { memberId: actorId } = memberOf(ctx)
  await ctx.db.transaction(async tx => {
    const { role } = await touchMembership(organizationId, tx, actorId, memberId)
    if (role === 'owner') await assertOwnerRemains(organizationId, tx)
    await removeMembership(organizationId, tx, memberId)
    await audit(tx, {
      organizationId,
      actor: auditActorOf(ctx),
      action,
      target: memberId,
      details: { role },
      requestId: ctx.requestId,
    })
  })
}

/** Takes somebody out of an organisation and its teams, at once. */
export const removeMember = (ctx: Ctx, organizationId: string, memberId: string) =>
  depart(ctx, organizationId, memberId, 'organizations.remove_member')

/** Takes the caller out of an organisation. */
export const leaveOrganization = (ctx: Ctx, organizationId: string) =>
  depart(ctx, organizationId, memberOf(ctx).memberId, 'organizations.leave')
