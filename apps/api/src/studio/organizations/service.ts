import { audit } from '@aethex/shared/audit'
import { once } from '@aethex/shared/db'
import { decodeCursor, encodeCursor } from '@aethex/shared/http'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { type Ctx, memberOf } from '../../gateway/context.js'
import { addOrganization, listMemberships } from './store.js'

export { admitMember } from './admission.js'

/** Founds an organisation; the caller owns it. */
export async function foundOrganization(ctx: Ctx, name: string) {
  const { memberId } = memberOf(ctx)
  return once(ctx.db, ctx.idempotency, db =>
    db.transaction(async tx => {
      const id = uuidv7()
      const createdAt = await addOrganization(id, tx, name, memberId)
      await audit(tx, {
        organizationId: id,
        actor: { kind: 'member', id: memberId },
        action: 'organizations.create',
        target: id,
        requestId: ctx.requestId,
      })
      return { organization: { id, name, role: 'owner' as const, created_at: createdAt.toISOString() } }
    }),
  )
}

/** The caller's organisations. */
export async function listOrganizations(
  ctx: Ctx,
  page: { limit: number; cursor?: string | undefined },
) {
  const { memberId } = memberOf(ctx)
  const after = page.cursor === undefined ? undefined : decodeCursor(z.uuid(), page.cursor)
  const rows = await listMemberships(memberId, ctx.db, after, page.limit + 1)
  const items = rows.slice(0, page.limit).map(({ organization, role }) => ({
    id: organization.id,
    name: organization.name,
    role,
    created_at: organization.created_at.toISOString(),
  }))
  const last = items.at(-1)
  return { items, next_cursor: rows.length > page.limit && last ? encodeCursor(last.id) : null }
}
