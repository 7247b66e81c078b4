import { type Db, statement } from '@aethex/shared/db'
import type { Role } from '../../gateway/roles.js'

export interface MembershipRow {
  member_id: string
  name: string
  email: string
  role: Role | null
  team_ids: string[]
  created_at: Date
}

// Not FOR UPDATE: what refers to the organisation (a project, a team) may be written meanwhile.
const lock = statement<{ id: string; name: string }>(
  'organizations.lock',
  'SELECT id, name FROM organization WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE',
)
const findRole = statement<{ role: Role | null }>(
  'memberships.find_role',
  'SELECT role FROM membership WHERE organization_id = $1 AND member_id = $2',
)
const countOwners = statement<{ owners: number }>(
  'memberships.count_owners',
  "SELECT count(*) AS owners FROM membership WHERE organization_id = $1 AND role = 'owner'",
)
const setRole = statement<never>(
  'memberships.set_role',
  'UPDATE membership SET role = $3::member_role WHERE organization_id = $1 AND member_id = $2',
)
const insert = statement<never>(
  'memberships.insert',
  'INSERT INTO membership (organization_id, member_id, role) VALUES ($1, $2, $3::member_role)',
)
const remove = statement<never>(
  'memberships.remove',
  'DELETE FROM membership WHERE organization_id = $1 AND member_id = $2',
)
const removeAll = statement<never>(
  'memberships.remove_all',
  'DELETE FROM membership WHERE organization_id = $1',
)
const columns = `m.member_id, p.name, p.email, m.role, m.created_at,
  ARRAY(SELECT t.team_id FROM team_member t WHERE t.organization_id = m.organization_id
    AND t.member_id = m.member_id ORDER BY t.team_id) AS team_ids`
const list = statement<MembershipRow>(
  'memberships.list',
  `SELECT ${columns} FROM membership m JOIN member p ON p.id = m.member_id
   WHERE m.organization_id = $1 AND ($2::uuid IS NULL OR m.member_id > $2)
   ORDER BY m.member_id LIMIT $3`,
)
const find = statement<MembershipRow>(
  'memberships.find',
  `SELECT ${columns} FROM membership m JOIN member p ON p.id = m.member_id
   WHERE m.organization_id = $1 AND m.member_id = $2`,
)
const hasAddress = statement<{ member_id: string }>(
  'memberships.has_address',
  `SELECT m.member_id FROM membership m JOIN member p ON p.id = m.member_id
   WHERE m.organization_id = $1 AND p.email_key = $2`,
)
const ofMember = statement<{ organization_id: string }>(
  'memberships.of_member',
  'SELECT organization_id FROM membership WHERE member_id = $1 ORDER BY organization_id',
)

/**
 * Holds the organisation until the transaction ends: who belongs to it and as what changes one by one.
 * Undefined when there is none.
 */
export const lockOrganizationRow = (organizationId: string, tx: Db) =>
  tx.one(lock, [organizationId])

/** Undefined for who does not belong to it; null for who works through teams only. */
export const findMemberRole = async (organizationId: string, tx: Db, memberId: string) =>
  (await tx.one(findRole, [organizationId, memberId]))?.role

export const countOwnersOf = async (organizationId: string, tx: Db) =>
  (await tx.one(countOwners, [organizationId]))?.owners ?? 0

export const setMemberRole = (
  organizationId: string,
  tx: Db,
  memberId: string,
  role: Role | null,
) => tx.one(setRole, [organizationId, memberId, role])

/** Throws the unique violation of who belongs to it already. */
export const addMembership = (
  organizationId: string,
  tx: Db,
  memberId: string,
  role: Role | null,
) => tx.one(insert, [organizationId, memberId, role])

export const removeMembership = (organizationId: string, tx: Db, memberId: string) =>
  tx.one(remove, [organizationId, memberId])

export const removeMemberships = (organizationId: string, tx: Db) =>
  tx.one(removeAll, [organizationId])

export const listMembershipRows = (
  organizationId: string,
  db: Db,
  after: string | undefined,
  limit: number,
) => db.all(list, [organizationId, after ?? null, limit])

export const findMembershipRow = (organizationId: string, db: Db, memberId: string) =>
  db.one(find, [organizationId, memberId])

/** Whether somebody with this address belongs to the organisation. */
export const hasMemberWithAddress = async (organizationId: string, db: Db, emailKey: string) =>
  (await db.one(hasAddress, [organizationId, emailKey])) !== undefined

/** The organisations of a member, always in the same order: whoever locks several locks them so. */
export const organizationsOf = async (memberId: string, db: Db) =>
  (await db.all(ofMember, [memberId])).map(row => row.organization_id)
