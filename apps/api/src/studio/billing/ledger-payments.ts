import { Problem } from '@aethex/shared/errors'
import type { Payments } from '../../gateway/payments.js'

const off = async (): Promise<never> => {
  throw new Problem('payments_off')
}

/** Writes down what is owed, and takes no money: for laptops, and for platforms that send their own invoices. */
export const ledgerPayments: Payments = {
  provider: 'ledger',
  openCheckout: off,
  openPortal: off,
  cancel: async () => undefined,
  charge: async () => undefined,
  findSubscription: async () => undefined,
  readEvent: () => {
    throw new Problem('payments_off')
  },
}
