export { openCheckout, openPortal } from './checkout.js'
export { entitlementsOf, entitlementsOfEnvironment, tierOf } from './entitlements.js'
export {
  admitDelivery,
  admitEvents,
  countDelivery,
  countEvents,
  usageWarning,
  usageWarningHeader,
} from './events.js'
export { takePaymentEvent } from './payment-events.js'
export { openPayments } from './payments.js'
export { admitNewPlayer, meetPlayer, meetPlayerAside } from './players.js'
export { environmentUsage, listLedger, listTiers, organizationUsage } from './reports.js'
export { saveLimitReached, tellOfSaves } from './saves.js'
export { readCap, writeCapOf } from './spend-cap.js'
export {
  type ContractTerms,
  changeTier,
  endSubscription,
  readSubscription,
  writeContract,
} from './subscriptions.js'
export { openUsage } from './usage.js'
