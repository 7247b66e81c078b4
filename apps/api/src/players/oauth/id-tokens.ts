import type { JWTPayload } from 'jose'
import { issuersOf } from './catalogue.js'
import { discover, keysAt } from './discovery.js'
import { displayName, ExternalAccount, verifiedEmail } from './external-account.js'
import type { ProviderLine } from './provider-line.js'
import type { Provider } from './providers.js'
import { tokenInvalid, verifyJwt } from './signed-tokens.js'

/** A token for several audiences must name the one it was issued to (OpenID Connect Core §3.1.3.7, 4 and 5). */
function assertParty({ aud, azp }: JWTPayload, audiences: readonly string[]): void {
  const isForMany = Array.isArray(aud) && aud.length > 1
  if (azp === undefined && !isForMany) return
  if (typeof azp !== 'string' || !audiences.includes(azp)) {
    throw tokenInvalid('The token was issued to somebody else.')
  }
}

/** Whom an ID token is about, in the words of the provider. */
function accountOf(provider: string, claims: JWTPayload): ExternalAccount {
  const { sub, email, email_verified, name, preferred_username, given_name } = claims
  const account = ExternalAccount.safeParse({
    provider,
    subject: sub,
    email: verifiedEmail(email, email_verified),
    name: displayName(preferred_username, name, given_name),
  })
  if (!account.success) throw tokenInvalid('The token does not say whom it is about.')
  return account.data
}

/**
 * Whom an ID token vouches for (OpenID Connect Core §3.1.3.7). `nonce` is what was given to the provider for it:
 * both have it or none. Throws `identity_token_invalid`.
 */
export async function verifyIdToken(
  line: ProviderLine,
  { name, issuer = '', audiences }: Provider,
  token: string,
  nonce: string | undefined,
  now: Date,
): Promise<ExternalAccount> {
  const { jwks_uri } = await discover(line, issuer)
  const claims = await verifyJwt(
    token,
    fresh => keysAt(line, jwks_uri, fresh),
    {
      issuer: issuersOf(issuer),
      audience: [...audiences],
      requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat'],
    },
    now,
  )
  assertParty(claims, audiences)
  if (claims.nonce !== nonce) throw tokenInvalid('The token has another nonce.')
  return accountOf(name, claims)
}
