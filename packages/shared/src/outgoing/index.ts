export {
  type GuardedFetch,
  type GuardedFetchOptions,
  type OutgoingRequest,
  openGuardedFetch,
} from './guarded-fetch.js'
export { OutgoingError, type OutgoingReason, outgoingErrorIn } from './outgoing-error.js'
export { isPublicAddress, type Resolve } from './vetted-addresses.js'
