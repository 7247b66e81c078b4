import { type Database, type Db, statement } from '@aethex/shared/db'
import type { Role } from '../../gateway/roles.js'

export interface OrganizationRow {
  id: string
  name: string
  mfa_required: boolean
  created_at: Date
}

const columns = 'id, name, mfa_required, created_at'

const insert = statement<OrganizationRow>(
  'organizations.insert',
  `INSERT INTO organization (id, name) VALUES ($1, $2) RETURNING ${columns}`,
)
const insertOwner = statement<never>(
  'organizations.insert_owner',
  "INSERT INTO membership (organization_id, member_id, role) VALUES ($1, $2, 'owner')",
)

/** The organisation with its first member as owner. */
export async function addOrganization(
  organizationId: string,
  tx: Db,
  name: string,
  ownerId: string,
) {
  const row = await tx.one(insert, [organizationId, name])
  await tx.one(insertOwner, [organizationId, ownerId])
  if (row === undefined) throw new Error('the organisation was not inserted')
  return row
}

const find = statement<OrganizationRow>(
  'organizations.find',
  `SELECT ${columns} FROM organization WHERE id = $1 AND deleted_at IS NULL`,
)
const update = statement<OrganizationRow>(
  'organizations.update',
  `UPDATE organization SET name = coalesce($2, name), mfa_required = coalesce($3, mfa_required)
   WHERE id = $1 AND deleted_at IS NULL RETURNING ${columns}`,
)
const close = statement<never>(
  'organizations.close',
  'UPDATE organization SET deleted_at = now() WHERE id = $1',
)
const provedSecondFactor = statement<{ id: string }>(
  'organizations.proved_second_factor',
  'SELECT id FROM member_session WHERE id = $1 AND second_factor_at IS NOT NULL',
)

export const findOrganization = (organizationId: string, db: Db) => db.one(find, [organizationId])

/** What is undefined stays as it is. */
export const updateOrganization = (
  organizationId: string,
  tx: Db,
  change: { name?: string | undefined; mfa_required?: boolean | undefined },
) => tx.one(update, [organizationId, change.name ?? null, change.mfa_required ?? null])

export const closeOrganization = (organizationId: string, tx: Db) => tx.one(close, [organizationId])

/** Whether a session has proven a second factor. */
export const hasSecondFactor = async (db: Db, sessionId: string) =>
  (await db.one(provedSecondFactor, [sessionId])) !== undefined

/** The memberships of a member, oldest organisation first, after the organisation `after`. */
export const listMemberships = (
  memberId: string,
  db: Database,
  after: string | undefined,
  limit: number,
) =>
  db.prisma.membership.findMany({
    where: {
      member_id: memberId,
      organization: { deleted_at: null },
      ...(after === undefined ? {} : { organization_id: { gt: after } }),
    },
    include: { organization: true },
    orderBy: { organization_id: 'asc' },
    take: limit,
  })

/** What a member may be asked about: the tenant of a path. */
export interface Place {
  kind: 'organization_id' | 'project_id' | 'environment_id'
  id: string
}

export interface Standing {
  organization_id: string
  project_id: string | undefined
  environment_id: string | undefined
  roles: Role[]
  mfa_required: boolean
  has_mfa: boolean
}

const sources = {
  organization_id: 'organization o LEFT JOIN project p ON false LEFT JOIN environment e ON false',
  project_id:
    'project p JOIN organization o ON o.id = p.organization_id LEFT JOIN environment e ON false',
  environment_id:
    'environment e JOIN project p ON p.id = e.project_id JOIN organization o ON o.id = p.organization_id',
}
const keys = { organization_id: 'o.id', project_id: 'p.id', environment_id: 'e.id' }

type StandingRow = Omit<Standing, 'project_id' | 'environment_id' | 'roles'> & {
  project_id: string | null
  environment_id: string | null
  role: Role | null
  team_roles: Role[]
}

// A role in the organisation holds everywhere in it; a team's role only on the team's projects.
const standingIn = (kind: Place['kind']) =>
  statement<StandingRow>(
    `organizations.standing_${kind}`,
    `SELECT o.id AS organization_id, p.id AS project_id, e.id AS environment_id, m.role,
       ARRAY(SELECT tp.role::text FROM team_member tm JOIN team_project tp
         ON tp.organization_id = tm.organization_id AND tp.team_id = tm.team_id
         WHERE tm.organization_id = o.id AND tm.member_id = $1 AND tp.project_id = p.id) AS team_roles,
       o.mfa_required,
       EXISTS (SELECT FROM member_session s
         WHERE s.id = $2 AND s.second_factor_at IS NOT NULL) AS has_mfa
     FROM ${sources[kind]} JOIN membership m ON m.organization_id = o.id AND m.member_id = $1
     WHERE ${keys[kind]} = $3
       AND o.deleted_at IS NULL AND p.deleted_at IS NULL AND e.deleted_at IS NULL`,
  )
const standings = {
  organization_id: standingIn('organization_id'),
  project_id: standingIn('project_id'),
  environment_id: standingIn('environment_id'),
}

/** Where a member stands in a tenant; undefined when they do not belong to it. */
export async function findStanding(
  db: Db,
  { memberId, sessionId }: { memberId: string; sessionId: string },
  { kind, id }: Place,
): Promise<Standing | undefined> {
  const row = await db.one(standings[kind], [memberId, sessionId, id])
  if (row === undefined) return undefined
  const { role, team_roles: teamRoles, project_id, environment_id, ...rest } = row
  return {
    ...rest,
    project_id: project_id ?? undefined,
    environment_id: environment_id ?? undefined,
    roles: role === null ? teamRoles : [role, ...teamRoles],
  }
}
