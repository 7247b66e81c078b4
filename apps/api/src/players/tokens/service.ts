import { audit } from '@aethex/shared/audit'
import { hashRefreshToken } from '@aethex/shared/auth'
import { notFound, Problem } from '@aethex/shared/errors'
import { auditActorOf, type Ctx, environmentOf } from '../../gateway/context.js'
import { assertPlayerSession, findPlayer, signIn } from '../auth/service.js'
import { findLiveSession } from './store.js'

const inactive = { active: false }

const seconds = (date: Date) => Math.floor(date.getTime() / 1_000)

/** A good refresh token is the one that its session gave last. */
async function introspectRefresh(ctx: Ctx, environmentId: string, token: string) {
  const sessionId = ctx.refresh.sessionOf(token)
  if (sessionId === undefined) return inactive
  const session = await findLiveSession(environmentId, ctx.db, sessionId, ctx.now())
  if (session === undefined || !session.refresh_hash.equals(hashRefreshToken(token)))
    return inactive
  return {
    active: true,
    token_type: 'refresh_token' as const,
    sub: session.player_id,
    username: session.username,
    sid: sessionId,
    environment_id: environmentId,
    iss: ctx.publicUrl,
    iat: seconds(session.last_seen_at),
    exp: seconds(session.expires_at),
    method: session.method,
  }
}

/** The claims of an access token whose session lives; undefined for one that opens nothing. */
async function readAccess(ctx: Ctx, environmentId: string, token: string) {
  try {
    const claims = ctx.tokens.verify(token, 'player+jwt', environmentId)
    await assertPlayerSession(ctx, environmentId, claims.sid)
    return claims
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return undefined
    throw error
  }
}

/** What a token is worth to the environment of the key at this moment; revoked, expired and foreign ones are worth nothing. */
export async function introspect(ctx: Ctx, token: string) {
  const environmentId = environmentOf(ctx)
  if (token.startsWith('rt_')) return introspectRefresh(ctx, environmentId, token)
  const claims = await readAccess(ctx, environmentId, token)
  if (claims === undefined) return inactive
  const session = await findLiveSession(environmentId, ctx.db, claims.sid, ctx.now())
  if (session === undefined) return inactive
  return {
    active: true,
    token_type: 'access_token' as const,
    sub: claims.sub,
    username: session.username,
    sid: claims.sid,
    environment_id: environmentId,
    iss: ctx.publicUrl,
    iat: claims.iat,
    exp: claims.exp,
    method: session.method,
  }
}

/**
 * Opens a session for a player of the key's environment: the studio's server vouches for who it is, bans and second
 * factors still hold. Throws `not_found`.
 */
export async function mintSession(ctx: Ctx, playerId: string) {
  const environmentId = environmentOf(ctx)
  return ctx.db.transaction(async tx => {
    const player = await findPlayer(environmentId, tx, playerId)
    if (player === undefined) throw notFound()
    const signedIn = await signIn(ctx, tx, player, { method: 'server' })
    await audit(tx, {
      environmentId,
      actor: auditActorOf(ctx),
      action: 'tokens.create',
      target: playerId,
      requestId: ctx.requestId,
    })
    return signedIn
  })
}
