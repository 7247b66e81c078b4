import { audit } from '@aethex/shared/audit'
import { Problem } from '@aethex/shared/errors'
import { auditActorOf, type Ctx, memberOf } from '../../gateway/context.js'
import { findSubscription } from './subscription-store.js'
import { findMemberEmail } from './usage-store.js'

/** A page of the payment provider where the tier is paid. Throws `payments_off`, or `already_subscribed`. */
export async function openCheckout(ctx: Ctx, organizationId: string, tier: 'pro') {
  const row = await findSubscription(organizationId, ctx.db)
  if (row?.tier === tier || row?.tier === 'enterprise') throw new Problem('already_subscribed')
  const email = await findMemberEmail(memberOf(ctx).memberId, ctx.db)
  const customerId = row?.provider_customer_id ?? null
  const page = await ctx.payments.openCheckout({ organizationId, email, customerId }, tier)
  await audit(ctx.db, {
    organizationId,
    actor: auditActorOf(ctx),
    action: 'billing.checkout',
    target: organizationId,
    details: { tier },
    requestId: ctx.requestId,
  })
  return page
}

/** A page of the payment provider where cards and invoices are. Throws `payments_off` to who never paid there. */
export async function openPortal(ctx: Ctx, organizationId: string) {
  const row = await findSubscription(organizationId, ctx.db)
  const customerId = row?.provider_customer_id ?? null
  if (customerId === null) throw new Problem('payments_off')
  const page = await ctx.payments.openPortal(customerId)
  await audit(ctx.db, {
    organizationId,
    actor: auditActorOf(ctx),
    action: 'billing.portal',
    target: organizationId,
    requestId: ctx.requestId,
  })
  return page
}
