import { type Db, statement } from '@aethex/shared/db'
import type { Role } from '../../gateway/roles.js'

export interface InvitationRow {
  organization_id: string
  id: string
  email: string
  email_key: string
  role: Role | null
  team_ids: string[]
  invited_by: string
  created_at: Date
  expires_at: Date
  accepted_at: Date | null
  revoked_at: Date | null
}

const columns = `organization_id, id, email, email_key, role, team_ids, invited_by, created_at, expires_at,
  accepted_at, revoked_at`
const isOpen = 'accepted_at IS NULL AND revoked_at IS NULL'

const insert = statement<InvitationRow>(
  'invitations.insert',
  `INSERT INTO invitation
     (organization_id, id, email, email_key, role, team_ids, code_hash, invited_by, expires_at)
   VALUES ($1, $2, $3, $4, $5::member_role, $6, $7, $8, $9) RETURNING ${columns}`,
)
const countOpen = statement<{ open: number; recent: number }>(
  'invitations.count_open',
  `SELECT count(*) FILTER (WHERE ${isOpen} AND expires_at > $2) AS open,
     count(*) FILTER (WHERE created_at > now() - interval '1 day') AS recent
   FROM invitation WHERE organization_id = $1`,
)
const list = statement<InvitationRow>(
  'invitations.list',
  `SELECT ${columns} FROM invitation WHERE organization_id = $1 AND ($2::uuid IS NULL OR id < $2)
   ORDER BY id DESC LIMIT $3`,
)
const lock = statement<InvitationRow>(
  'invitations.lock',
  `SELECT ${columns} FROM invitation
   WHERE organization_id = $1 AND id = $2 AND accepted_at IS NULL AND revoked_at IS NULL FOR UPDATE`,
)
const renew = statement<InvitationRow>(
  'invitations.renew',
  `UPDATE invitation SET code_hash = $3, expires_at = $4, invited_by = $5
   WHERE organization_id = $1 AND id = $2 AND ${isOpen} RETURNING ${columns}`,
)
const revoke = statement<{ id: string }>(
  'invitations.revoke',
  `UPDATE invitation SET revoked_at = now() WHERE organization_id = $1 AND id = $2 AND ${isOpen}
   RETURNING id`,
)
const revokeFor = statement<never>(
  'invitations.revoke_for',
  `UPDATE invitation SET revoked_at = now()
   WHERE organization_id = $1 AND email_key = $2 AND ${isOpen}`,
)
const findByCode = statement<InvitationRow>(
  'invitations.find_by_code',
  `SELECT ${columns} FROM invitation WHERE code_hash = $1 AND ${isOpen} AND expires_at > $2`,
)
const use = statement<InvitationRow>(
  'invitations.use',
  `UPDATE invitation SET accepted_at = $3, accepted_by = $2
   WHERE code_hash = $1 AND ${isOpen} AND expires_at > $3 RETURNING ${columns}`,
)

export async function addInvitation(
  organizationId: string,
  tx: Db,
  row: Pick<
    InvitationRow,
    'id' | 'email' | 'email_key' | 'role' | 'team_ids' | 'invited_by' | 'expires_at'
  > & { code_hash: Buffer },
): Promise<InvitationRow> {
  const { id, email, email_key, role, team_ids, code_hash, invited_by, expires_at } = row
  const who = [organizationId, id, email, email_key]
  const added = await tx.one(insert, [...who, role, team_ids, code_hash, invited_by, expires_at])
  if (added === undefined) throw new Error('the invitation was not inserted')
  return added
}

/** How many wait to be accepted, and how many were made within a day. */
export const countInvitations = async (organizationId: string, tx: Db, now: Date) =>
  (await tx.one(countOpen, [organizationId, now])) ?? { open: 0, recent: 0 }

/** Newest first, after the invitation `after`. */
export const listInvitationRows = (
  organizationId: string,
  db: Db,
  after: string | undefined,
  limit: number,
) => db.all(list, [organizationId, after ?? null, limit])

/** Holds an invitation that is neither accepted nor revoked, expired or not. */
export const lockInvitation = (organizationId: string, tx: Db, id: string) =>
  tx.one(lock, [organizationId, id])

/** Gives an invitation another code, another week, and another inviter. */
export const renewInvitation = (
  organizationId: string,
  tx: Db,
  id: string,
  renewed: { codeHash: Buffer; expiresAt: Date; invitedBy: string },
) => tx.one(renew, [organizationId, id, renewed.codeHash, renewed.expiresAt, renewed.invitedBy])

/** False when there is none that could be accepted. */
export const revokeInvitationRow = async (organizationId: string, tx: Db, id: string) =>
  (await tx.one(revoke, [organizationId, id])) !== undefined

export const revokeInvitationsFor = (organizationId: string, tx: Db, emailKey: string) =>
  tx.one(revokeFor, [organizationId, emailKey])

/** The one look-up without a tenant: the hash of the code is what names the tenant. */
export const findInvitationByCode = (hash: Buffer, db: Db, now: Date) =>
  db.one(findByCode, [hash, now])

/** Uses an invitation up. Undefined when it cannot be accepted any more: of many at once, one gets the row. */
export const useInvitation = (hash: Buffer, tx: Db, memberId: string, now: Date) =>
  tx.one(use, [hash, memberId, now])
