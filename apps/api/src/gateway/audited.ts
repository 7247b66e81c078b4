import { type AuditRecord, audit } from '@aethex/shared/audit'
import type { Db } from '@aethex/shared/db'
import { auditActorOf, type Ctx, environmentOf } from './context.js'

/**
 * Writes down what a member or a server has done to the things of a player, in the transaction of the deed. What players
 * do to their own things is theirs, and is not written down.
 */
export async function auditUnlessPlayer(
  ctx: Ctx,
  tx: Db,
  deed: Pick<AuditRecord, 'action' | 'target' | 'details'>,
): Promise<void> {
  if (ctx.actor.kind === 'player') return
  await audit(tx, {
    environmentId: environmentOf(ctx),
    actor: auditActorOf(ctx),
    ...deed,
    requestId: ctx.requestId,
  })
}
