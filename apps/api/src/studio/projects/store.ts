import { type Database, type Db, statement } from '@aethex/shared/db'

export interface EnvironmentRow {
  id: string
  name: string
}

const insert = statement<{ created_at: Date }>(
  'projects.insert',
  'INSERT INTO project (organization_id, id, name) VALUES ($1, $2, $3) RETURNING created_at',
)
const insertEnvironment = statement<never>(
  'projects.insert_environment',
  'INSERT INTO environment (project_id, id, name) VALUES ($1, $2, $3)',
)
const rename = statement<{ id: string }>(
  'projects.rename',
  'UPDATE project SET name = $2 WHERE id = $1 AND deleted_at IS NULL RETURNING id',
)
// Not FOR UPDATE: what refers to the project may be written meanwhile.
const lock = statement<{ organization_id: string; name: string }>(
  'projects.lock',
  'SELECT organization_id, name FROM project WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE',
)
const environments = statement<EnvironmentRow>(
  'projects.environments',
  'SELECT id, name FROM environment WHERE project_id = $1 AND deleted_at IS NULL ORDER BY name',
)
const renameEnvironment = statement<EnvironmentRow>(
  'projects.rename_environment',
  `UPDATE environment SET name = $3 WHERE project_id = $1 AND id = $2 AND deleted_at IS NULL
   RETURNING id, name`,
)

export async function addProject(
  organizationId: string,
  tx: Db,
  project: { id: string; name: string; environments: readonly EnvironmentRow[] },
) {
  const row = await tx.one(insert, [organizationId, project.id, project.name])
  for (const environment of project.environments) await addEnvironment(project.id, tx, environment)
  if (row === undefined) throw new Error('the project was not inserted')
  return row.created_at
}

/** Throws the unique violation of the name. */
export const addEnvironment = (projectId: string, tx: Db, { id, name }: EnvironmentRow) =>
  tx.one(insertEnvironment, [projectId, id, name])

/** With `memberId`, only the projects that a team of that member works on. */
export const listProjectRows = (
  organizationId: string,
  db: Database,
  page: { after: string | undefined; limit: number; memberId: string | undefined },
) =>
  db.prisma.project.findMany({
    where: {
      organization_id: organizationId,
      deleted_at: null,
      ...(page.after === undefined ? {} : { id: { gt: page.after } }),
      ...(page.memberId === undefined
        ? {}
        : { teams: { some: { team: { members: { some: { member_id: page.memberId } } } } } }),
    },
    include: { environments: { where: { deleted_at: null }, orderBy: { name: 'asc' } } },
    orderBy: { id: 'asc' },
    take: page.limit,
  })

export const findProjectRow = (projectId: string, db: Database) =>
  db.prisma.project.findFirst({
    where: { id: projectId, deleted_at: null },
    include: { environments: { where: { deleted_at: null }, orderBy: { name: 'asc' } } },
  })

/** False when there is no such project. */
export const renameProjectRow = async (projectId: string, tx: Db, name: string) =>
  (await tx.one(rename, [projectId, name])) !== undefined

/** Holds the project until the transaction ends: its environments are added and deleted one by one. */
export const lockProjectRow = (projectId: string, tx: Db) => tx.one(lock, [projectId])

export const listEnvironmentRows = (projectId: string, db: Db) => db.all(environments, [projectId])

/** Throws the unique violation of the name. Undefined when there is no such environment. */
export const renameEnvironmentRow = (
  projectId: string,
  tx: Db,
  environmentId: string,
  name: string,
) => tx.one(renameEnvironment, [projectId, environmentId, name])
