export { beginFlow, sendToProvider } from './begin-flow.js'
export { tradeCustomToken } from './custom-tokens.js'
export {
  decideDeviceCode,
  describeDevice,
  startDeviceCode,
  tradeDeviceCode,
} from './device-codes.js'
export type { ExternalAccount } from './external-account.js'
export { finishFlow, turnFormIntoPage } from './finish-flow.js'
export { fitsChallenge } from './pkce.js'
export { deleteProvider, getProvider, listProviders, putProvider } from './providers.js'
export { assertRedirectAllowed } from './redirects.js'
export { startOauth } from './start-oauth.js'
export { accountOfCode, tradeCode } from './trade-code.js'
export { accountOfIdToken } from './trade-token.js'
