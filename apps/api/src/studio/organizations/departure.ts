import { audit } from '@aethex/shared/audit'
import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { auditActorOf, type Ctx, memberOf, tenantOf } from '../../gateway/context.js'
import { endSubscription } from '../billing/service.js'
import { assertFreshMemberProof, eraseMember, memberSessionsEnded } from '../members/service.js'
import { assertNamed, closeProjectsOf, projectsClosed } from '../projects/service.js'
import {
  countOwnersOf,
  findMemberRole,
  lockOrganizationRow,
  organizationsOf,
  removeMembership,
  removeMemberships,
} from './membership-store.js'
import { lockOrganization } from './memberships.js'
import { closeOrganization } from './store.js'

/**
 * Closes an organisation for good: nobody gets in, no key works and no id leads anywhere from here on. What was in it
 * is cleared away afterwards. Only an owner with a fresh proof may, and only by its name. What it pays for ends, too:
 * throws `unavailable` when the payment provider cannot be told.
 */
export async function deleteOrganization(ctx: Ctx, organizationId: string, name: string) {
  if (!tenantOf(ctx).roles.includes('owner')) {
    throw new Problem('forbidden', { detail: 'Only an owner deletes the organisation.' })
  }
  await assertFreshMemberProof(ctx)
  const { memberId } = memberOf(ctx)
  const closed = await ctx.db.transaction(async tx => {
    assertNamed((await lockOrganization(organizationId, tx)).name, name)
    if ((await findMemberRole(organizationId, tx, memberId)) !== 'owner') {
      throw new Problem('forbidden', { detail: 'Only an owner deletes the organisation.' })
    }
    await audit(tx, {
      organizationId,
      actor: auditActorOf(ctx),
      action: 'organizations.delete',
      target: organizationId,
      details: { name },
      requestId: ctx.requestId,
    })
    const doors = await closeProjectsOf(organizationId, tx)
    await removeMemberships(organizationId, tx)
    await closeOrganization(organizationId, tx)
    // Last: what the payment provider was told no rollback takes back.
    await endSubscription(ctx, organizationId, tx)
    return doors
  })
  projectsClosed(ctx, closed)
}

/** Takes a member out of one of their organisations. False when it would be left without an owner. */
async function departFrom(ctx: Ctx, organizationId: string, tx: Db, memberId: string) {
  if ((await lockOrganizationRow(organizationId, tx)) === undefined) return true
  const isOwner = (await findMemberRole(organizationId, tx, memberId)) === 'owner'
  if (isOwner && (await countOwnersOf(organizationId, tx)) < 2) return false
  await removeMembership(organizationId, tx, memberId)
  await audit(tx, {
    organizationId,
    actor: auditActorOf(ctx),
    action: 'members.delete_me',
    target: memberId,
    requestId: ctx.requestId,
  })
  return true
}

/**
 * Deletes the caller's account: name, address and sessions go at once. Refused with `last_owner` while an organisation
 * would be left without one; `organization_ids` says which.
 */
export async function deleteMe(ctx: Ctx): Promise<void> {
  await assertFreshMemberProof(ctx)
  const { memberId } = memberOf(ctx)
  const ended = await ctx.db.transaction(async tx => {
    const stranded: string[] = []
    for (const organizationId of await organizationsOf(memberId, tx)) {
      if (!(await departFrom(ctx, organizationId, tx, memberId))) stranded.push(organizationId)
    }
    if (stranded.length > 0) {
      throw new Problem('last_owner', { extensions: { organization_ids: stranded } })
    }
    return eraseMember(tx, memberId)
  })
  memberSessionsEnded(ctx, ended)
}
