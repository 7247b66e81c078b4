import { type Database, type Db, statement } from '@aethex/shared/db'

const insert = statement<{ created_at: Date }>(
  'projects.insert',
  'INSERT INTO project (organization_id, id, name) VALUES ($1, $2, $3) RETURNING created_at',
)
const insertEnvironment = statement<never>(
  'projects.insert_environment',
  'INSERT INTO environment (project_id, id, name) VALUES ($1, $2, $3)',
)

export async function addProject(
  organizationId: string,
  tx: Db,
  project: { id: string; name: string; environments: readonly { id: string; name: string }[] },
) {
  const row = await tx.one(insert, [organizationId, project.id, project.name])
  for (const { id, name } of project.environments)
    await tx.one(insertEnvironment, [project.id, id, name])
  if (row === undefined) throw new Error('the project was not inserted')
  return row.created_at
}

export const listProjectRows = (
  organizationId: string,
  db: Database,
  after: string | undefined,
  limit: number,
) =>
  db.prisma.project.findMany({
    where: {
      organization_id: organizationId,
      ...(after === undefined ? {} : { id: { gt: after } }),
    },
    include: { environments: { orderBy: { name: 'asc' } } },
    orderBy: { id: 'asc' },
    take: limit,
  })
