import type { Db } from '@aethex/shared/db'
import { createLanes } from '@aethex/shared/limits'
import type { Ctx } from '../../gateway/context.js'
import type { PaidSubscription, PaymentNews } from '../../gateway/payments.js'
import { addEntry } from './ledger-store.js'
import { addPaymentEvent } from './payment-store.js'
import {
  findOrganizationOfCustomer,
  findSubscription,
  isOrganization,
  type SubscriptionRow,
  takeTurn,
} from './subscription-store.js'
import { applySubscription } from './subscriptions.js'

// Each holds a connection to the database while it asks the provider, so few do at a time.
const lanes = createLanes(2, 64)

/** What changes by what the provider says; undefined when nothing does. */
function changeBy(
  row: SubscriptionRow | undefined,
  paid: PaidSubscription,
): Partial<SubscriptionRow> | undefined {
  const isKnown = row?.provider_subscription_id === paid.subscriptionId
  // The end of another subscription, one that was replaced, ends nothing.
  if (paid.status === 'ended' && !isKnown) return undefined
  const hasContract = row?.tier === 'enterprise'
  const after =
    paid.status === 'ended'
      ? { tier: 'free' as const, status: 'ended' as const, provider_subscription_id: null }
      : { tier: paid.tier, status: paid.status, provider_subscription_id: paid.subscriptionId }
  const change = {
    ...after,
    tier: hasContract ? ('enterprise' as const) : after.tier,
    provider: 'stripe',
    provider_customer_id: paid.customerId,
  }
  const isSame =
    row !== undefined &&
    row.tier === change.tier &&
    row.status === change.status &&
    row.provider === change.provider &&
    row.provider_customer_id === change.provider_customer_id &&
    row.provider_subscription_id === change.provider_subscription_id
  return isSame ? undefined : change
}

/**
 * Events come in any order, so what one says of a subscription is not believed: it is asked for, by one event of it
 * at a time. The last one to ask has the newest answer.
 */
async function followSubscription(ctx: Ctx, tx: Db, subscriptionId: string, eventId: string) {
  await takeTurn(subscriptionId, tx, 'provider')
  const paid = await ctx.payments.findSubscription(subscriptionId)
  if (paid === undefined || !(await isOrganization(paid.organizationId, tx))) return
  await takeTurn(paid.organizationId, tx, 'subscription')
  const row = await findSubscription(paid.organizationId, tx)
  const change = changeBy(row, paid)
  if (change === undefined) return
  const replaced = row?.provider_subscription_id ?? null
  // Two people bought at the same time: the organisation pays for the newer one alone.
  if (replaced !== null && replaced !== subscriptionId) await ctx.payments.cancel(replaced)
  await applySubscription(tx, paid.organizationId, change, {
    actor: { kind: 'payment_provider', id: eventId },
    action: 'billing.stripe_webhook',
    requestId: ctx.requestId,
    now: ctx.now(),
  })
}

type PaymentMade = Extract<PaymentNews, { invoiceId: string }>

async function writeDownPayment(ctx: Ctx, tx: Db, news: PaymentMade, eventId: string) {
  const named = news.organizationId
  const isOurs = named !== undefined && (await isOrganization(named, tx))
  const organizationId = isOurs ? named : await findOrganizationOfCustomer(news.customerId, tx)
  if (organizationId === undefined) return
  await addEntry(organizationId, tx, {
    kind: news.kind,
    amountMinor: news.amountMinor,
    currency: news.currency,
    details: { invoice: news.invoiceId },
    key: `event ${eventId}`,
    at: ctx.now(),
  })
}

/**
 * Takes in an event of the payment provider, once: sent again it changes nothing. Throws `signature_invalid`, and
 * `unavailable` when the provider cannot be asked; it sends the event again then.
 */
export async function takePaymentEvent(
  ctx: Ctx,
  bytes: Buffer,
  signature: string | undefined,
): Promise<void> {
  const event = ctx.payments.readEvent(bytes, signature)
  const { news } = event
  await lanes(() =>
    ctx.db.transaction(async tx => {
      if (!(await addPaymentEvent(tx, event, ctx.now()))) return
      if (news.kind === 'subscription') {
        await followSubscription(ctx, tx, news.subscriptionId, event.id)
      } else if (news.kind !== 'nothing') await writeDownPayment(ctx, tx, news, event.id)
    }),
  )
  ctx.usage.forget()
}
