export {
  type BusEvents,
  type BusMessage,
  type BusTopic,
  publish,
  revokedAmong,
  subscribe,
} from './events.js'
export { announce, type OutboxCourier, startOutboxCourier } from './outbox.js'
