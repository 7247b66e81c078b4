export {
  type AccessTokens,
  accessTokens,
  accessTtlSeconds,
  type KeyRing,
  type TokenKind,
} from './access-tokens.js'
export { type ApiKeyKind, apiKeyKind, hashApiKey, mintApiKey } from './api-keys.js'
export { type Identity, identityHeader, readIdentity, writeIdentity } from './identity.js'
export { hashPassword, needsRehash, verifyPassword } from './passwords.js'
export {
  hashRefreshToken,
  judgeRefresh,
  type RefreshTokens,
  refreshGraceSeconds,
  refreshTokens,
  refreshTtlSeconds,
  type SessionState,
  sealSuccessor,
} from './refresh-tokens.js'
export { deriveKey, seal, unseal } from './sealing.js'
