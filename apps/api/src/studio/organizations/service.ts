import { audit } from '@aethex/shared/audit'
import { once } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { decodeCursor, pageOf } from '@aethex/shared/http'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { auditActorOf, type Ctx, memberOf, tenantOf } from '../../gateway/context.js'
import { toOrganization } from './entry.js'
import {
  addOrganization,
  findOrganization,
  hasSecondFactor,
  listMemberships,
  updateOrganization,
} from './store.js'

export { admitMember } from './admission.js'
export { deleteMe, deleteOrganization } from './departure.js'
export { enterOrganization } from './entry.js'
export {
  findMemberRole,
  hasMemberWithAddress,
} from './membership-store.js'
export {
  assertMayGrant,
  changeRole,
  leaveOrganization,
  listOrganizationMembers,
  lockOrganization,
  removeMember,
} from './memberships.js'

/** Founds an organisation; the caller owns it. */
export async function foundOrganization(ctx: Ctx, name: string) {
  const { memberId } = memberOf(ctx)
  return once(ctx.db, ctx.idempotency, db =>
    db.transaction(async tx => {
      const id = uuidv7()
      const row = await addOrganization(id, tx, name, memberId)
      await audit(tx, {
        organizationId: id,
        actor: { kind: 'member', id: memberId },
        action: 'organizations.create',
        target: id,
        requestId: ctx.requestId,
      })
      return { organization: toOrganization(row, 'owner') }
    }),
  )
}

/** The caller's organisations. */
export async function listOrganizations(
  ctx: Ctx,
  page: { limit: number; cursor?: string | undefined },
) {
  const { memberId } = memberOf(ctx)
  const after = page.cursor === undefined ? undefined : decodeCursor(z.uuid(), page.cursor)
  const rows = await listMemberships(memberId, ctx.db, after, page.limit + 1)
  return pageOf(
    rows,
    page.limit,
    ({ organization, role }) => toOrganization(organization, role),
    row => row.organization.id,
  )
}

/** An organisation, and what the caller may do in it. */
export async function readOrganization(ctx: Ctx, organizationId: string) {
  const { roles, scopes } = tenantOf(ctx)
  const row = await findOrganization(organizationId, ctx.db)
  if (row === undefined) throw notFound()
  return { organization: toOrganization(row, roles[0] ?? null), scopes: [...scopes].sort() }
}

/**
 * Renames an organisation, or asks its members for a second factor. Only who has proven one in this very session
 * may ask for it: nobody locks themselves out.
 */
export async function writeOrganization(
  ctx: Ctx,
  organizationId: string,
  change: { name?: string | undefined; mfa_required?: boolean | undefined },
) {
  const { roles } = tenantOf(ctx)
  if (change.mfa_required === true && !(await hasSecondFactor(ctx.db, memberOf(ctx).sessionId))) {
    throw new Problem('mfa_required', {
      detail: 'Only a session that has proven a second factor may ask one of everybody.',
    })
  }
  return ctx.db.transaction(async tx => {
    const row = await updateOrganization(organizationId, tx, change)
    if (row === undefined) throw notFound()
    await audit(tx, {
      organizationId,
      actor: auditActorOf(ctx),
      action: 'organizations.write',
      target: organizationId,
      details: { name: row.name, mfa_required: row.mfa_required },
      requestId: ctx.requestId,
    })
    return { organization: toOrganization(row, roles[0] ?? null) }
  })
}
