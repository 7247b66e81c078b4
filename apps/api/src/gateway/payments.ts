import type { TierName } from '@aethex/shared/tiers'

/** What a payment provider says of a subscription, in our words. */
export interface PaidSubscription {
  organizationId: string
  customerId: string
  subscriptionId: string
  tier: TierName
  status: 'active' | 'past_due' | 'ended'
}

/** What a verified event of the provider asks us to do. */
export type PaymentNews =
  /** The subscription has changed: what it is now has to be asked for. */
  | { kind: 'subscription'; subscriptionId: string }
  | {
      kind: 'payment' | 'payment_failed'
      customerId: string
      /** When the provider says it; else it is the customer's. */
      organizationId: string | undefined
      amountMinor: number
      currency: string
      invoiceId: string
    }
  | { kind: 'nothing' }

export interface PaymentEvent {
  id: string
  type: string
  news: PaymentNews
}

/** An organisation as a buyer. */
export interface Buyer {
  organizationId: string
  /** Whom the provider writes to. */
  email: string
  customerId: string | null
}

/** A charge beside the subscription: a month's overage. */
export interface Charge {
  customerId: string
  amountMinor: number
  currency: string
  description: string
  /** The same key charges once. */
  key: string
}

/**
 * Who takes the organisations' money. `ledger` writes down what is owed and takes none; others send the buyer to a
 * page of theirs and tell us by webhook.
 */
export interface Payments {
  provider: 'ledger' | 'stripe'
  /** A page where the buyer pays for a tier. Throws `payments_off`. */
  openCheckout(buyer: Buyer, tier: TierName): Promise<{ url: string }>
  /** A page where the buyer changes how they pay. Throws `payments_off`. */
  openPortal(customerId: string): Promise<{ url: string }>
  /** Ends a subscription now. One that has ended is no error. */
  cancel(subscriptionId: string): Promise<void>
  charge(charge: Charge): Promise<void>
  /** What a subscription is at this moment; undefined when it is not one of ours. */
  findSubscription(subscriptionId: string): Promise<PaidSubscription | undefined>
  /** Reads an event from the bytes as they were sent. Throws `signature_invalid`. */
  readEvent(bytes: Buffer, signature: string | undefined): PaymentEvent
}
