import { audit } from '@aethex/shared/audit'
import { once } from '@aethex/shared/db'
import { notFound } from '@aethex/shared/errors'
import { decodeCursor, pageOf } from '@aethex/shared/http'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { auditActorOf, type Ctx, memberOf, tenantOf } from '../../gateway/context.js'
import { closeProjects, projectsClosed } from './closing.js'
import { assertNamed } from './confirmation.js'
import {
  addProject,
  findProjectRow,
  listProjectRows,
  lockProjectRow,
  renameProjectRow,
} from './store.js'

export { type ClosedDoors, closeProjectsOf, projectsClosed } from './closing.js'
export { assertNamed } from './confirmation.js'
export {
  createEnvironment,
  deleteEnvironment,
  listEnvironments,
  writeEnvironment,
} from './environments.js'
export { listEnvironmentRows, lockProjectRow } from './store.js'

/** Every project starts with these; more can be added. */
const firstEnvironments = ['development', 'production'] as const

/** Makes a project with its two first environments. */
export async function createProject(ctx: Ctx, organizationId: string, name: string) {
  return once(ctx.db, ctx.idempotency, db =>
    db.transaction(async tx => {
      const id = uuidv7()
      const environments = firstEnvironments.map(label => ({ id: uuidv7(), name: label }))
      const createdAt = await addProject(organizationId, tx, { id, name, environments })
      await audit(tx, {
        organizationId,
        actor: { kind: 'member', id: memberOf(ctx).memberId },
        action: 'projects.create',
        target: id,
        requestId: ctx.requestId,
      })
      return {
        project: {
          id,
          organization_id: organizationId,
          name,
          environments,
          created_at: createdAt.toISOString(),
        },
      }
    }),
  )
}

type ProjectRow = NonNullable<Awaited<ReturnType<typeof findProjectRow>>>

const toProject = (row: ProjectRow) => ({
  id: row.id,
  organization_id: row.organization_id,
  name: row.name,
  environments: row.environments.map(({ id, name }) => ({ id, name })),
  created_at: row.created_at.toISOString(),
})

/** The projects of an organisation; to who works through teams only, those of their teams. */
export async function listProjects(
  ctx: Ctx,
  organizationId: string,
  page: { limit: number; cursor?: string | undefined },
) {
  const after = page.cursor === undefined ? undefined : decodeCursor(z.uuid(), page.cursor)
  const rows = await listProjectRows(organizationId, ctx.db, {
    after,
    limit: page.limit + 1,
    memberId: tenantOf(ctx).roles.length === 0 ? memberOf(ctx).memberId : undefined,
  })
  return pageOf(rows, page.limit, toProject, row => row.id)
}

export async function readProject(ctx: Ctx, projectId: string) {
  const row = await findProjectRow(projectId, ctx.db)
  if (row === null) throw notFound()
  return { project: toProject(row) }
}

/** Renames a project. */
export async function writeProject(
  ctx: Ctx,
  projectId: string,
  change: { name?: string | undefined },
) {
  const { name } = change
  if (name !== undefined) {
    await ctx.db.transaction(async tx => {
      if (!(await renameProjectRow(projectId, tx, name))) throw notFound()
      await audit(tx, {
        organizationId: tenantOf(ctx).organizationId,
        actor: auditActorOf(ctx),
        action: 'projects.write',
        target: projectId,
        details: { name },
        requestId: ctx.requestId,
      })
    })
  }
  return readProject(ctx, projectId)
}

/**
 * Deletes a project with its environments, by its name. From here on its keys, tokens and ids lead nowhere;
 * what was in it is cleared away by the clock.
 */
export async function deleteProject(ctx: Ctx, projectId: string, name: string): Promise<void> {
  const doors = await ctx.db.transaction(async tx => {
    const project = await lockProjectRow(projectId, tx)
    if (project === undefined) throw notFound()
    assertNamed(project.name, name)
    await audit(tx, {
      organizationId: project.organization_id,
      actor: auditActorOf(ctx),
      action: 'projects.delete',
      target: projectId,
      details: { name },
      requestId: ctx.requestId,
    })
    return closeProjects([projectId], tx)
  })
  projectsClosed(ctx, doors)
}
