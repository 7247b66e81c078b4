import type { Payments } from '../../gateway/payments.js'
import { ledgerPayments } from './ledger-payments.js'
import { type StripeSettings, stripePayments } from './stripe-payments.js'

/** Stripe when it is set up, else the ledger alone. */
export const openPayments = (stripe: StripeSettings | undefined): Payments =>
  stripe === undefined ? ledgerPayments : stripePayments(stripe)
