import type { Db } from '@aethex/shared/db'
import { notFound } from '@aethex/shared/errors'
import type { Role } from '../../gateway/roles.js'
import { addMembership, findMemberRole, setMemberRole } from './membership-store.js'
import { findOrganization, type OrganizationRow } from './store.js'

/** An organisation as a member of it sees it. */
export const toOrganization = (row: OrganizationRow, role: Role | null) => ({
  id: row.id,
  name: row.name,
  role,
  mfa_required: row.mfa_required,
  created_at: row.created_at.toISOString(),
})

/**
 * Takes somebody in, with the organisation locked. Who belongs to it already keeps the role that they have,
 * unless they have none.
 */
export async function enterOrganization(
  organizationId: string,
  tx: Db,
  memberId: string,
  role: Role | null,
) {
  const before = await findMemberRole(organizationId, tx, memberId)
  if (before === undefined) await addMembership(organizationId, tx, memberId, role)
  else if (before === null && role !== null) await setMemberRole(organizationId, tx, memberId, role)
  const row = await findOrganization(organizationId, tx)
  if (row === undefined) throw notFound()
  return toOrganization(row, before ?? role)
}
