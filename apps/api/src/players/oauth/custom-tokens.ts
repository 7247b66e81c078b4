import { Problem } from '@aethex/shared/errors'
import { registerNonce } from '@aethex/shared/nonces'
import type { JWTPayload } from 'jose'
import type { z } from 'zod'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { readSetting } from '../../studio/settings/service.js'
import type { SignedIn } from '../auth/service.js'
import { keysAt } from './discovery.js'
import { enterAs } from './enter.js'
import { displayName, ExternalAccount, verifiedEmail } from './external-account.js'
import { openLine } from './provider-line.js'
import { customTokens } from './settings.js'
import { type FindKeys, leewaySeconds, tokenInvalid, verifyJwt } from './signed-tokens.js'

const longestLifeSeconds = 3_600

function keysOf(ctx: Ctx, { jwks, jwks_url: url }: z.output<typeof customTokens.shape>): FindKeys {
  if (jwks !== null) return async () => jwks
  if (url !== null) return fresh => keysAt(openLine(ctx.guardedFetch), url, fresh)
  throw new Problem('not_found', { detail: 'The studio has named no keys for its tokens.' })
}

/** Refuses a token that lives too long, or was used before. */
async function takeOnce(ctx: Ctx, environmentId: string, claims: JWTPayload): Promise<void> {
  const { exp = 0, iat = 0, jti = '' } = claims
  if (exp - iat > longestLifeSeconds) throw tokenInvalid('The token lives longer than an hour.')
  if (typeof jti !== 'string' || jti === '' || jti.length > 255) {
    throw tokenInvalid('The token has no jti of 1 to 255 characters.')
  }
  const left = Math.ceil(exp - ctx.now().getTime() / 1_000) + 2 * leewaySeconds
  const space = `custom-token:${environmentId}`
  const isFirst = await registerNonce(ctx.redis, space, jti, true, Math.max(1, left))
  if (!isFirst) throw tokenInvalid('The token was used before.')
}

/** Signs in the player whom a token of the studio names. Throws `identity_token_invalid`. */
export async function tradeCustomToken(ctx: Ctx, token: string): Promise<SignedIn> {
  const environmentId = environmentOf(ctx)
  const rules = await readSetting(environmentId, ctx.db, customTokens)
  const { issuer, audience } = rules
  if (issuer === '' || audience === '') {
    throw new Problem('not_found', { detail: 'The studio signs nobody in with tokens of its own.' })
  }
  const requiredClaims = ['iss', 'sub', 'aud', 'exp', 'iat', 'jti']
  const expected = { issuer, audience, requiredClaims }
  const claims = await verifyJwt(token, keysOf(ctx, rules), expected, ctx.now())
  const account = ExternalAccount.safeParse({
    provider: 'custom',
    subject: claims.sub,
    email: verifiedEmail(claims.email, claims.email_verified),
    name: displayName(claims.preferred_username, claims.name),
  })
  if (!account.success) throw tokenInvalid('The token does not say whom it is about.')
  await takeOnce(ctx, environmentId, claims)
  return enterAs(ctx, account.data)
}
