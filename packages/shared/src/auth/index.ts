export {
  type AccessTokens,
  accessTokens,
  accessTtlSeconds,
  type KeyRing,
  type TokenKind,
} from './access-tokens.js'
export { type ApiKeyKind, apiKeyKind, hashApiKey, mintApiKey } from './api-keys.js'
export { type Identity, identityHeader, readIdentity, writeIdentity } from './identity.js'
export {
  hashPassword,
  leastPasswordCost,
  measurePasswordCost,
  needsRehash,
  type PasswordCost,
  setPasswordCost,
  verifyPassword,
} from './passwords.js'
export {
  hashRefreshToken,
  type RefreshTokens,
  refreshGraceSeconds,
  refreshTokens,
  refreshTtlSeconds,
  type SessionState,
} from './refresh-tokens.js'
export { tradeRefreshToken } from './refresh-trade.js'
export { deriveKey, seal, unseal } from './sealing.js'
export { openVault, type Vault } from './vault.js'
