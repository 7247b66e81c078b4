import { Problem, unavailable } from '@aethex/shared/errors'
import type { TierName } from '@aethex/shared/tiers'
import Stripe from 'stripe'
import { z } from 'zod'
import type { PaidSubscription, PaymentNews, Payments } from '../../gateway/payments.js'

export interface StripeSettings {
  apiUrl: string
  secretKey: string
  webhookSecret: string
  /** The price of the pro tier, as Stripe names it. */
  proPrice: string
  /** Where a buyer comes back to. */
  returnUrl: string
}

// Stripe's own advice for how old a signed event may be.
const toleranceSeconds = 300
const deadlineMs = 4_000

// https://docs.stripe.com/api/subscriptions/object#subscription_object-status
const alive: Readonly<Record<string, PaidSubscription['status']>> = {
  active: 'active',
  trialing: 'active',
  past_due: 'past_due',
}

const Subscription = z.object({
  id: z.string(),
  customer: z.string(),
  status: z.string(),
  metadata: z.object({ organization_id: z.uuid() }),
  items: z.object({ data: z.array(z.object({ price: z.object({ id: z.string() }) })) }),
})
const Changed = z.object({ id: z.string() })
const Origin = z.object({
  subscription_details: z.object({ metadata: z.object({ organization_id: z.uuid() }) }),
})
const Invoice = z.object({
  id: z.string(),
  /** Says which subscription it came from, and carries what that one carries. */
  parent: Origin.nullish().catch(null),
  customer: z.string(),
  amount_due: z.int(),
  amount_paid: z.int(),
  currency: z.string(),
})

function newsOf(type: string, object: unknown): PaymentNews {
  if (type.startsWith('customer.subscription.')) {
    return { kind: 'subscription', subscriptionId: Changed.parse(object).id }
  }
  if (type !== 'invoice.paid' && type !== 'invoice.payment_failed') return { kind: 'nothing' }
  const { id, customer, amount_due, amount_paid, currency, parent } = Invoice.parse(object)
  const isPaid = type === 'invoice.paid'
  return {
    kind: isPaid ? 'payment' : 'payment_failed',
    customerId: customer,
    organizationId: parent?.subscription_details.metadata.organization_id,
    amountMinor: isPaid ? amount_paid : amount_due,
    currency: currency.toUpperCase(),
    invoiceId: id,
  }
}

const addressOf = (apiUrl: string) => {
  const { hostname, port, protocol } = new URL(apiUrl)
  const isPlain = protocol === 'http:'
  return {
    host: hostname,
    protocol: isPlain ? ('http' as const) : ('https' as const),
    port: port === '' ? (isPlain ? 80 : 443) : Number(port),
  }
}

const isMissing = (error: unknown) =>
  error instanceof Stripe.errors.StripeError && error.code === 'resource_missing'

/** Takes money by Stripe, or by what speaks as Stripe does at another address. */
export function stripePayments(settings: StripeSettings): Payments {
  const stripe = new Stripe(settings.secretKey, {
    ...addressOf(settings.apiUrl),
    timeout: deadlineMs,
    maxNetworkRetries: 1,
    telemetry: false,
  })
  const prices: Readonly<Record<string, TierName>> = { [settings.proPrice]: 'pro' }

  /** A provider that does not answer is a part that is out: 503. */
  const ask = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw isMissing(error) ? error : unavailable('payment provider', error)
    }
  }
  const missingIsFine = <T>(work: () => Promise<T>): Promise<T | undefined> =>
    ask(work).catch(error => {
      if (isMissing(error)) return undefined
      throw error
    })

  return {
    provider: 'stripe',
    openCheckout: async ({ organizationId, email, customerId }, tier) => {
      const price = Object.keys(prices).find(id => prices[id] === tier)
      if (price === undefined) throw new Problem('payments_off')
      const metadata = { organization_id: organizationId }
      const session = await ask(() =>
        stripe.checkout.sessions.create({
          mode: 'subscription',
          line_items: [{ price, quantity: 1 }],
          client_reference_id: organizationId,
          ...(customerId === null ? { customer_email: email } : { customer: customerId }),
          metadata,
          subscription_data: { metadata },
          success_url: settings.returnUrl,
          cancel_url: settings.returnUrl,
        }),
      )
      return { url: z.url().parse(session.url) }
    },
    openPortal: async customerId => {
      const session = await ask(() =>
        stripe.billingPortal.sessions.create({
          customer: customerId,
          return_url: settings.returnUrl,
        }),
      )
      return { url: session.url }
    },
    cancel: async subscriptionId => {
      await missingIsFine(() => stripe.subscriptions.cancel(subscriptionId))
    },
    charge: async ({ customerId, amountMinor, currency, description, key }) => {
      const item = {
        customer: customerId,
        amount: amountMinor,
        currency: currency.toLowerCase(),
        description,
      }
      await ask(() => stripe.invoiceItems.create(item, { idempotencyKey: key }))
    },
    findSubscription: async subscriptionId => {
      const found = await missingIsFine(() => stripe.subscriptions.retrieve(subscriptionId))
      const known = Subscription.safeParse(found)
      if (!known.success) return undefined
      const { id, customer, status, metadata, items } = known.data
      const tier = prices[items.data[0]?.price.id ?? '']
      if (tier === undefined) return undefined
      return {
        organizationId: metadata.organization_id,
        customerId: customer,
        subscriptionId: id,
        tier,
        status: alive[status] ?? 'ended',
      }
    },
    readEvent: (bytes, signature) => {
      try {
        const event = stripe.webhooks.constructEvent(
          bytes,
          signature ?? '',
          settings.webhookSecret,
          toleranceSeconds,
        )
        return { id: event.id, type: event.type, news: newsOf(event.type, event.data.object) }
      } catch (error) {
        throw new Problem('signature_invalid', { cause: error })
      }
    },
  }
}
