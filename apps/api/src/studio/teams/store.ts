import { type Db, statement } from '@aethex/shared/db'
import type { Role } from '../../gateway/roles.js'

export interface TeamRow {
  id: string
  name: string
  members: number
  projects: number
  created_at: Date
}

const columns = `t.id, t.name, t.created_at,
  (SELECT count(*) FROM team_member m
   WHERE m.organization_id = t.organization_id AND m.team_id = t.id) AS members,
  (SELECT count(*) FROM team_project p
   WHERE p.organization_id = t.organization_id AND p.team_id = t.id) AS projects`

const insert = statement<never>(
  'teams.insert',
  'INSERT INTO team (organization_id, id, name) VALUES ($1, $2, $3)',
)
const count = statement<{ teams: number }>(
  'teams.count',
  'SELECT count(*) AS teams FROM team WHERE organization_id = $1',
)
const list = statement<TeamRow>(
  'teams.list',
  `SELECT ${columns} FROM team t WHERE t.organization_id = $1 AND ($2::uuid IS NULL OR t.id > $2)
   ORDER BY t.id LIMIT $3`,
)
const find = statement<TeamRow>(
  'teams.find',
  `SELECT ${columns} FROM team t WHERE t.organization_id = $1 AND t.id = $2`,
)
const rename = statement<{ id: string }>(
  'teams.rename',
  'UPDATE team SET name = $3 WHERE organization_id = $1 AND id = $2 RETURNING id',
)
const remove = statement<{ id: string }>(
  'teams.remove',
  'DELETE FROM team WHERE organization_id = $1 AND id = $2 RETURNING id',
)
const listMembers = statement<{ member_id: string; name: string; email: string }>(
  'teams.list_members',
  `SELECT t.member_id, m.name, m.email FROM team_member t JOIN member m ON m.id = t.member_id
   WHERE t.organization_id = $1 AND t.team_id = $2 AND ($3::uuid IS NULL OR t.member_id > $3)
   ORDER BY t.member_id LIMIT $4`,
)
const insertMember = statement<never>(
  'teams.insert_member',
  `INSERT INTO team_member (organization_id, team_id, member_id) VALUES ($1, $2, $3)
   ON CONFLICT DO NOTHING`,
)
const removeMember = statement<{ member_id: string }>(
  'teams.remove_member',
  `DELETE FROM team_member WHERE organization_id = $1 AND team_id = $2 AND member_id = $3
   RETURNING member_id`,
)
const listProjects = statement<{ project_id: string; name: string; role: Role }>(
  'teams.list_projects',
  `SELECT t.project_id, p.name, t.role FROM team_project t JOIN project p ON p.id = t.project_id
   WHERE t.organization_id = $1 AND t.team_id = $2 AND p.deleted_at IS NULL
     AND ($3::uuid IS NULL OR t.project_id > $3)
   ORDER BY t.project_id LIMIT $4`,
)
const putProject = statement<{ project_id: string; name: string; role: Role }>(
  'teams.put_project',
  `WITH p AS (SELECT id, name FROM project
     WHERE organization_id = $1 AND id = $3 AND deleted_at IS NULL FOR KEY SHARE)
   INSERT INTO team_project AS t (organization_id, team_id, project_id, role)
   SELECT $1, $2, p.id, $4::member_role FROM p
   ON CONFLICT (organization_id, team_id, project_id) DO UPDATE SET role = excluded.role
   RETURNING project_id, (SELECT name FROM p) AS name, role`,
)
const removeProject = statement<{ project_id: string }>(
  'teams.remove_project',
  `DELETE FROM team_project WHERE organization_id = $1 AND team_id = $2 AND project_id = $3
   RETURNING project_id`,
)
const rolesGiven = statement<{ role: Role }>(
  'teams.roles_given',
  'SELECT DISTINCT role FROM team_project WHERE organization_id = $1 AND team_id = ANY($2)',
)
const known = statement<{ id: string }>(
  'teams.known',
  'SELECT id FROM team WHERE organization_id = $1 AND id = ANY($2)',
)

export interface PageOf {
  after: string | undefined
  limit: number
}

/** Throws the unique violation of the name. */
export const addTeam = (organizationId: string, tx: Db, id: string, name: string) =>
  tx.one(insert, [organizationId, id, name])

export const countTeams = async (organizationId: string, tx: Db) =>
  (await tx.one(count, [organizationId]))?.teams ?? 0

export const listTeamRows = (organizationId: string, db: Db, { after, limit }: PageOf) =>
  db.all(list, [organizationId, after ?? null, limit])

export const findTeam = (organizationId: string, db: Db, teamId: string) =>
  db.one(find, [organizationId, teamId])

/** Throws the unique violation of the name. False when there is no such team. */
export const renameTeam = async (organizationId: string, tx: Db, teamId: string, name: string) =>
  (await tx.one(rename, [organizationId, teamId, name])) !== undefined

/** False when there is no such team. */
export const removeTeam = async (organizationId: string, tx: Db, teamId: string) =>
  (await tx.one(remove, [organizationId, teamId])) !== undefined

export const listTeamMemberRows = (
  organizationId: string,
  db: Db,
  teamId: string,
  { after, limit }: PageOf,
) => db.all(listMembers, [organizationId, teamId, after ?? null, limit])

/** Throws the foreign key violation of a team, or of somebody who does not belong to the organisation. */
export const addTeamMember = (organizationId: string, tx: Db, teamId: string, memberId: string) =>
  tx.one(insertMember, [organizationId, teamId, memberId])

/** False when they were not in it. */
export const removeTeamMember = async (
  organizationId: string,
  tx: Db,
  teamId: string,
  memberId: string,
) => (await tx.one(removeMember, [organizationId, teamId, memberId])) !== undefined

export const listTeamProjectRows = (
  organizationId: string,
  db: Db,
  teamId: string,
  { after, limit }: PageOf,
) => db.all(listProjects, [organizationId, teamId, after ?? null, limit])

/** Throws the foreign key violation of a team. Undefined when the organisation has no such project. */
export const putTeamProject = (
  organizationId: string,
  tx: Db,
  teamId: string,
  projectId: string,
  role: Role,
) => tx.one(putProject, [organizationId, teamId, projectId, role])

/** False when the team had no role there. */
export const removeTeamProject = async (
  organizationId: string,
  tx: Db,
  teamId: string,
  projectId: string,
) => (await tx.one(removeProject, [organizationId, teamId, projectId])) !== undefined

/** The roles that these teams have on any project: what whoever joins them gets. */
export const rolesOfTeams = async (organizationId: string, tx: Db, teamIds: readonly string[]) =>
  (await tx.all(rolesGiven, [organizationId, teamIds])).map(({ role }) => role)

/** Those of the teams that the organisation has. */
export const knownTeams = async (organizationId: string, db: Db, teamIds: readonly string[]) =>
  (await db.all(known, [organizationId, teamIds])).map(({ id }) => id)
