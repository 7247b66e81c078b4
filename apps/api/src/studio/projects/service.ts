import { audit } from '@aethex/shared/audit'
import { once } from '@aethex/shared/db'
import { decodeCursor, encodeCursor } from '@aethex/shared/http'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { type Ctx, memberOf } from '../../gateway/context.js'
import { addProject, listProjectRows } from './store.js'

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

export async function listProjects(
  ctx: Ctx,
  organizationId: string,
  page: { limit: number; cursor?: string | undefined },
) {
  const after = page.cursor === undefined ? undefined : decodeCursor(z.uuid(), page.cursor)
  const rows = await listProjectRows(organizationId, ctx.db, after, page.limit + 1)
  const items = rows.slice(0, page.limit).map(row => ({
    id: row.id,
    organization_id: row.organization_id,
    name: row.name,
    environments: row.environments.map(({ id, name }) => ({ id, name })),
    created_at: row.created_at.toISOString(),
  }))
  const last = items.at(-1)
  return { items, next_cursor: rows.length > page.limit && last ? encodeCursor(last.id) : null }
}
