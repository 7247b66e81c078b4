import { path } from '../core/http.js'
import { attempt, type Result } from '../core/result.js'
import type { Session } from '../core/session.js'
import type { SessionStore, User } from '../core/session-store.js'
import type { components } from '../generated/openapi.js'

type Schemas = components['schemas']

/** One way into the account. */
export type Identity = Schemas['Identity']
export type Merge = Schemas['Merge']
export type MergeOffer = Schemas['MergeOffer']
export type PublicProfile = Schemas['PublicProfile']

/** What proves a further way in. */
export type NewIdentity =
  | { email: string; password: string }
  | { device_secret: string }
  | { code: string; code_verifier: string }
  | { provider: string; id_token: string; nonce?: string }

/** The account itself: its ways in, what others see of it, its copy and its end. */
export interface Account {
  readonly identities: {
    list(): Promise<Result<{ items: Identity[] }>>
    /**
     * Adds a way in; a guest becomes a full account and keeps everything. Errors: `identity_taken` with
     * `error.details.merge`, an offer to join the two accounts; `email_taken`, `reauthentication_required`.
     */
    link(identity: NewIdentity): Promise<Result<{ items: Identity[] }>>
    /** Errors: `last_way_in`, `reauthentication_required`. */
    unlink(id: string): Promise<Result>
  }
  readonly merges: {
    /** What a merge with the account of another session would bring together. */
    preview(otherAccessToken: string): Promise<Result<MergeOffer>>
    /** Makes one account of two and is signed in to it. Errors: `merge_token_invalid`, `account_banned`. */
    confirm(
      mergeToken: string,
      keep: 'mine' | 'theirs',
    ): Promise<Result<{ merge: Merge; user: User }>>
    list(): Promise<Result<{ items: Merge[] }>>
    /** Parts the accounts again, within thirty days. Errors: `merge_final`. */
    undo(mergeId: string): Promise<Result<{ merge: Merge }>>
  }
  readonly preferences: {
    get(): Promise<Result<{ preferences: Record<string, unknown>; version: number }>>
    /** With `version`, only if it is still at it (`version_mismatch`). */
    set(
      preferences: Record<string, unknown>,
      version?: number,
    ): Promise<Result<{ preferences: Record<string, unknown>; version: number }>>
  }
  /** What everybody sees of a player. Errors: `not_found`. */
  getPlayer(playerId: string): Promise<Result<{ player: PublicProfile }>>
  /** Has an archive made of everything that is kept of the player. */
  requestExport(): Promise<Result<{ export: Schemas['Export'] }>>
  getExport(exportId: string): Promise<Result<{ export: Schemas['Export'] }>>
  /**
   * Erases the account and everything about it; there is no way back. `token` shows the receipt later.
   * Errors: `reauthentication_required`.
   */
  eraseAccount(): Promise<Result<{ erasure: Schemas['Erasure']; token: string }>>
}

type SignedIn = { user: User; session: Schemas['Session'] }

export function createAccount(session: Session, sessions: SessionStore): Account {
  const get = <T>(at: string) => session.request<T>({ method: 'GET', path: at })
  const post = <T>(at: string, body?: object) =>
    session.request<T>({ method: 'POST', path: at, body })

  return {
    identities: {
      list: () => attempt(() => get('/auth/identities')),
      link: identity => attempt(() => post('/auth/identities', identity)),
      unlink: id =>
        attempt(async () => {
          await session.request({ method: 'DELETE', path: path('auth', 'identities', id) })
          return {}
        }),
    },
    merges: {
      preview: token => attempt(() => post('/auth/merges/preview', { other_access_token: token })),
      confirm: (mergeToken, keep) =>
        attempt(async () => {
          const answer = await post<SignedIn & { merge: Merge }>('/auth/merges', {
            merge_token: mergeToken,
            keep,
          })
          sessions.start(answer.user, answer.session)
          return { merge: answer.merge, user: answer.user }
        }),
      list: () => attempt(() => get('/auth/merges')),
      undo: id => attempt(() => post(path('auth', 'merges', id, 'undo'))),
    },
    preferences: {
      get: () => attempt(() => get('/auth/preferences')),
      set: (preferences, version) =>
        attempt(() =>
          session.request({
            method: 'PUT',
            path: '/auth/preferences',
            body: preferences,
            headers: version === undefined ? {} : { 'if-match': `"${version}"` },
          }),
        ),
    },
    getPlayer: id => attempt(() => get(path('players', id))),
    requestExport: () => attempt(() => post('/auth/exports')),
    getExport: id => attempt(() => get(path('auth', 'exports', id))),
    eraseAccount: () =>
      attempt(async () => {
        const answer = await post<{ erasure: Schemas['Erasure']; token: string }>('/auth/erasure', {
          confirm: 'erase',
        })
        sessions.end()
        return answer
      }),
  }
}
