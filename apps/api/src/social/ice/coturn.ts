import { createHmac } from 'node:crypto'
import type { IceProvider, IceUser } from '../../gateway/ice-provider.js'

const lifetimeMs = 3_600_000

/**
 * A name and password that a coturn with the same `static-auth-secret` takes until then, without asking anybody
 * (draft-uberti-behave-turn-rest-00 §2.2; coturn's `use-auth-secret`). HMAC-SHA1 is what coturn computes.
 */
export function turnCredential(
  secret: string,
  { environmentId, playerId, sessionId }: IceUser,
  expiresAt: Date,
): { username: string; credential: string } {
  const seconds = Math.floor(expiresAt.getTime() / 1_000)
  const username = `${seconds}:${environmentId}:${playerId}:${sessionId}`
  return { username, credential: createHmac('sha1', secret).update(username).digest('base64') }
}

export interface TurnServers {
  urls: string[]
  secret: string
}

/** STUN servers as they are, and TURN servers of ours with a credential for one session and one hour. */
export function openIce(stunUrls: string[], turn: TurnServers | undefined): IceProvider {
  return {
    async serversFor(user, now) {
      const expiresAt = new Date(now.getTime() + lifetimeMs)
      const stun = stunUrls.length === 0 ? [] : [{ urls: stunUrls }]
      if (turn === undefined) return { servers: stun, expiresAt }
      const { secret, urls } = turn
      return { servers: [...stun, { urls, ...turnCredential(secret, user, expiresAt) }], expiresAt }
    },
  }
}
