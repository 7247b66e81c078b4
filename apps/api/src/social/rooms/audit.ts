import { type AuditRecord, audit } from '@aethex/shared/audit'
import { auditActorOf, type Ctx, environmentOf } from '../../gateway/context.js'

/** What servers do is written down; rooms of players come and go. */
export async function writeDown(
  ctx: Ctx,
  action: string,
  target: string,
  details: NonNullable<AuditRecord['details']> = {},
): Promise<void> {
  if (ctx.actor.kind !== 'server') return
  await audit(ctx.db, {
    environmentId: environmentOf(ctx),
    actor: auditActorOf(ctx),
    action,
    target,
    details,
    requestId: ctx.requestId,
  })
}
