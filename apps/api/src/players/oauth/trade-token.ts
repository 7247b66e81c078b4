import { Problem } from '@aethex/shared/errors'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import type { SignedIn } from '../auth/service.js'
import { enterAs } from './enter.js'
import type { ExternalAccount } from './external-account.js'
import { verifyIdToken } from './id-tokens.js'
import { readOwnProfile } from './plain-profiles.js'
import { openLine } from './provider-line.js'
import { openProvider } from './providers.js'
import { plainEndpoints } from './strategies.js'

const refuse = (field: string, reason: string) =>
  new Problem('invalid_request', {
    detail: `/${field}: ${reason}`,
    errors: [{ pointer: `/${field}`, reason }],
  })

/** Whom an ID token vouches for that a native game has got from the provider. Throws `identity_token_invalid`. */
export async function accountOfIdToken(
  ctx: Ctx,
  name: string,
  token: string,
  nonce: string | undefined,
): Promise<ExternalAccount> {
  const provider = await openProvider(ctx, environmentOf(ctx), name)
  if (provider.issuer === undefined) throw refuse('id_token', `is nothing that ${name} issues`)
  const line = openLine(ctx.guardedFetch)
  return verifyIdToken(line, provider, token, nonce, ctx.now())
}

/** Signs in with such an ID token. */
export const tradeIdToken = async (
  ctx: Ctx,
  name: string,
  token: string,
  nonce: string | undefined,
): Promise<SignedIn> => enterAs(ctx, await accountOfIdToken(ctx, name, token, nonce))

/**
 * Signs in with an access token of GitHub or Discord, which both tell for which game it was made. Of other providers
 * none is taken: an access token says nothing of its audience.
 */
export async function tradeAccessToken(ctx: Ctx, name: string, token: string): Promise<SignedIn> {
  const provider = await openProvider(ctx, environmentOf(ctx), name)
  const endpoints = plainEndpoints(ctx, provider)
  if (endpoints === undefined) {
    throw refuse('access_token', `is not taken of ${name}: send its id_token`)
  }
  return enterAs(ctx, await readOwnProfile(openLine(ctx.guardedFetch), provider, endpoints, token))
}
