import { hasCode } from '../core/error.js'
import { path } from '../core/http.js'
import { attempt, type Result } from '../core/result.js'
import type { Session } from '../core/session.js'
import type { SessionStore } from '../core/session-store.js'
import type { components } from '../generated/openapi.js'

/** One place where the player is signed in; `current` is this one. */
export type PlayerSession = components['schemas']['PlayerSession']

/** Where the player is signed in. Errors: `not_signed_in`. */
export interface PlayerSessions {
  /** All of them, the latest seen first. */
  list(): Promise<Result<{ items: PlayerSession[] }>>
  /** Gives one a name to recognise it by. Errors: `not_found`. */
  rename(sessionId: string, deviceName: string): Promise<Result<{ session: PlayerSession }>>
  /** Signs one out, its sockets included, within a second. Errors: `not_found`. */
  revoke(sessionId: string): Promise<Result>
  /** Signs the player out everywhere, or with `exceptCurrent` everywhere else. */
  revokeAll(options?: { exceptCurrent?: boolean }): Promise<Result>
}

export function createPlayerSessions(session: Session, sessions: SessionStore): PlayerSessions {
  const all = '/auth/sessions'
  const one = (sessionId: string) => path('auth', 'sessions', sessionId)

  async function revokeAll(exceptCurrent: boolean): Promise<object> {
    const query = { except: exceptCurrent ? 'current' : undefined }
    try {
      await session.request({ method: 'DELETE', path: all, query })
    } catch (thrown) {
      // The answer to an earlier try was lost: this session was among those that ended.
      if (exceptCurrent || !hasCode(thrown, 'session_ended')) throw thrown
    }
    if (!exceptCurrent) sessions.end()
    return {}
  }

  return {
    list: () =>
      attempt(async () => {
        const { items } = await session.request<{ items: PlayerSession[] }>({
          method: 'GET',
          path: all,
        })
        return { items }
      }),
    rename: (sessionId, deviceName) =>
      attempt(() =>
        session.request({
          method: 'PATCH',
          path: one(sessionId),
          body: { device_name: deviceName },
        }),
      ),
    revoke: sessionId =>
      attempt(async () => {
        await session.request({ method: 'DELETE', path: one(sessionId) })
        return {}
      }),
    revokeAll: ({ exceptCurrent = false } = {}) => attempt(() => revokeAll(exceptCurrent)),
  }
}
