import type { Ctx } from '../../gateway/context.js'
import { listKeys } from './key-store.js'

/** The keys that verify access tokens, those that will sign soon included, as a JWK Set (RFC 7517): public halves only. */
export async function listPublicKeys(ctx: Ctx) {
  const now = ctx.now()
  const keys = await listKeys(ctx.db)
  return {
    keys: keys
      .filter(({ verifies_until: until }) => until === null || until > now)
      .map(({ kid, public_jwk: { kty = 'EC', crv, x, y } }) => ({
        kid,
        kty,
        crv,
        x,
        y,
        alg: 'ES256',
        use: 'sig',
      })),
  }
}
