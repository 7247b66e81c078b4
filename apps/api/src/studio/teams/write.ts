import { audit } from '@aethex/shared/audit'
import { type Db, violatedConstraint } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { auditActorOf, type Ctx } from '../../gateway/context.js'

/** What a constraint says about a write to a team. */
export function asRefusal(error: unknown): unknown {
  const constraint = violatedConstraint(error)
  if (constraint === 'team_organization_id_name_key') return new Problem('name_taken')
  if (constraint?.startsWith('team_member_') || constraint?.startsWith('team_project_')) {
    return notFound()
  }
  return error
}

/** A write to a team with its line in the audit log. */
export async function write<T>(
  ctx: Ctx,
  organizationId: string,
  deed: { action: string; target: string; details?: Record<string, string | null> },
  work: (tx: Db) => Promise<T>,
): Promise<T> {
  try {
    return await ctx.db.transaction(async tx => {
      const answer = await work(tx)
      await audit(tx, {
        organizationId,
        actor: auditActorOf(ctx),
        ...deed,
        requestId: ctx.requestId,
      })
      return answer
    })
  } catch (error) {
    throw asRefusal(error)
  }
}
