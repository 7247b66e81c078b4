import type { components } from '../generated/openapi.js'
import { AeThexError, hasCode } from './error.js'
import type { Call, Http } from './http.js'
import type { Lock } from './lock.js'
import type { SessionStore, StoredSession } from './session-store.js'

/** Requests in the name of the signed-in player. */
export interface Session {
  /** Sends the call with a fresh access token, for `playerId` or whoever is signed in. */
  request<T>(call: Call, playerId?: string): Promise<T>
  /** The signed-in player's id; throws `not_signed_in`. */
  playerId(): string
}

/** Tokens this near to their end are renewed before they are used. */
const marginMs = 30_000

/** Three tries fit into the twenty seconds in which the server answers a repeated refresh alike. */
const refreshTimeoutMs = 6_000

const notSignedIn = () => new AeThexError('not_signed_in', 'No player is signed in.')

export function createSession(http: Http, store: SessionStore, lock: Lock): Session {
  let refreshing: Promise<StoredSession> | undefined

  function current(playerId?: string): StoredSession {
    const session = store.read()
    if (session === undefined) throw notSignedIn()
    if (playerId !== undefined && session.user.id !== playerId) {
      throw new AeThexError('not_signed_in', 'Another player has signed in meanwhile.')
    }
    return session
  }

  async function renew(staleToken: string): Promise<StoredSession> {
    const session = current()
    // Another tab, or an earlier caller, has been here already.
    if (session.access_token !== staleToken) return session
    const { refresh_token } = session
    try {
      const answer = await http.request<{ session: components['schemas']['Session'] }>({
        method: 'POST',
        path: '/auth/refresh',
        body: { refresh_token },
        repeatable: true,
        timeoutMs: refreshTimeoutMs,
      })
      // A late answer must not put an older pair over what another tab has got since.
      store.renew(refresh_token, answer.session)
    } catch (thrown) {
      // Only the word of the server ends a session: being offline, or its being unwell, does not.
      if (!hasCode(thrown, 'token_reused', 'session_ended', 'token_invalid')) throw thrown
      if (store.read()?.refresh_token === refresh_token) {
        store.end(thrown)
        throw thrown
      }
    }
    return current()
  }

  /** However many callers ask, one request goes out. */
  function refresh(staleToken: string): Promise<StoredSession> {
    refreshing ??= lock('refresh', () => renew(staleToken)).finally(() => {
      refreshing = undefined
    })
    return refreshing
  }

  async function accessToken(playerId?: string): Promise<string> {
    const session = current(playerId)
    if (session.expires_at - Date.now() > marginMs) return session.access_token
    try {
      await refresh(session.access_token)
    } catch (thrown) {
      const stillGood = session.expires_at > Date.now() && store.read() !== undefined
      if (!stillGood) throw thrown
    }
    return current(playerId).access_token
  }

  return {
    async request<T>(call: Call, playerId = current().user.id): Promise<T> {
      const token = await accessToken(playerId)
      try {
        return await http.request<T>({ ...call, token })
      } catch (thrown) {
        // A refused credential means that nothing was carried out, so even a POST may go again.
        if (!hasCode(thrown, 'token_expired', 'token_invalid', 'session_ended')) throw thrown
        await refresh(token)
        return http.request<T>({ ...call, token: current(playerId).access_token })
      }
    },
    playerId: () => current().user.id,
  }
}
