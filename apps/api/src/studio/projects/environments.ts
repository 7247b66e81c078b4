import { audit } from '@aethex/shared/audit'
import { once, violatedConstraint } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { v7 as uuidv7 } from 'uuid'
import { auditActorOf, type Ctx, tenantOf } from '../../gateway/context.js'
import { closeEnvironments, projectsClosed } from './closing.js'
import { assertNamed } from './confirmation.js'
import {
  addEnvironment,
  listEnvironmentRows,
  lockProjectRow,
  renameEnvironmentRow,
} from './store.js'

/** More than anybody has stages for. */
const maxEnvironments = 20

const asNameTaken = (error: unknown): unknown =>
  violatedConstraint(error) === 'environment_project_id_name_key'
    ? new Problem('name_taken')
    : error

export async function listEnvironments(ctx: Ctx, projectId: string) {
  return { items: await listEnvironmentRows(projectId, ctx.db), next_cursor: null }
}

/** Adds an environment, empty: configuration comes by promotion. Throws `name_taken` or `limit_reached`. */
export async function createEnvironment(ctx: Ctx, projectId: string, name: string) {
  const { organizationId } = tenantOf(ctx)
  const environment = { id: uuidv7(), name }
  try {
    return await once(ctx.db, ctx.idempotency, db =>
      db.transaction(async tx => {
        if ((await lockProjectRow(projectId, tx)) === undefined) throw notFound()
        if ((await listEnvironmentRows(projectId, tx)).length >= maxEnvironments) {
          throw new Problem('limit_reached', { extensions: { allowed: maxEnvironments } })
        }
        await addEnvironment(projectId, tx, environment)
        await audit(tx, {
          organizationId,
          environmentId: environment.id,
          actor: auditActorOf(ctx),
          action: 'environments.create',
          target: environment.id,
          details: { name },
          requestId: ctx.requestId,
        })
        return { environment }
      }),
    )
  } catch (error) {
    throw asNameTaken(error)
  }
}

/** The environment and its project, from a path that names the environment. */
function placeOf(ctx: Ctx) {
  const { organizationId, projectId, environmentId } = tenantOf(ctx)
  if (projectId === undefined || environmentId === undefined) throw notFound()
  return { organizationId, projectId, environmentId }
}

/** Gives an environment another name; keys and ids stay. Throws `name_taken`. */
export async function writeEnvironment(ctx: Ctx, name: string) {
  const { organizationId, projectId, environmentId } = placeOf(ctx)
  try {
    return await ctx.db.transaction(async tx => {
      const environment = await renameEnvironmentRow(projectId, tx, environmentId, name)
      if (environment === undefined) throw notFound()
      await audit(tx, {
        organizationId,
        environmentId,
        actor: auditActorOf(ctx),
        action: 'environments.write',
        target: environmentId,
        details: { name },
        requestId: ctx.requestId,
      })
      return { environment }
    })
  } catch (error) {
    throw asNameTaken(error)
  }
}

/** Deletes an environment with everything of its players. Throws `last_environment`. */
export async function deleteEnvironment(ctx: Ctx, name: string): Promise<void> {
  const { organizationId, projectId, environmentId } = placeOf(ctx)
  const doors = await ctx.db.transaction(async tx => {
    if ((await lockProjectRow(projectId, tx)) === undefined) throw notFound()
    const environments = await listEnvironmentRows(projectId, tx)
    const environment = environments.find(({ id }) => id === environmentId)
    if (environment === undefined) throw notFound()
    assertNamed(environment.name, name)
    if (environments.length < 2) throw new Problem('last_environment')
    await audit(tx, {
      organizationId,
      environmentId,
      actor: auditActorOf(ctx),
      action: 'environments.delete',
      target: environmentId,
      details: { name },
      requestId: ctx.requestId,
    })
    return closeEnvironments([environmentId], tx)
  })
  projectsClosed(ctx, doors)
}
