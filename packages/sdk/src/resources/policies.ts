import { createEmitter } from '../core/emitter.js'
import { hasCode } from '../core/error.js'
import { type Http, path } from '../core/http.js'
import { attempt, type Result } from '../core/result.js'
import type { Session } from '../core/session.js'
import type { components } from '../generated/openapi.js'

/** A document of the studio in one language: `text` in Markdown, or a `url`. */
export type Policy = components['schemas']['Policy']

/** A version of a policy. */
export interface PolicyVersion {
  kind: string
  version: number
}

/** A version that the player accepts; with the `hash` of what they saw, it is sure to be that. */
export interface AcceptedPolicy extends PolicyVersion {
  hash?: string
}

/** The studio's terms, privacy policy and the like. */
export interface Policies {
  /** Those in force, in the language asked for if there is one. Needs nobody signed in. */
  list(options?: { locale?: string }): Promise<Result<{ items: Policy[] }>>
  /** One published version. Errors: `not_found`. */
  get(
    kind: string,
    version: number,
    options?: { locale?: string },
  ): Promise<Result<{ policy: Policy }>>
  /** What the player has yet to accept. `required`: other calls are refused until then. */
  pending(options?: {
    locale?: string
  }): Promise<Result<{ enforcement: 'off' | 'prompt' | 'required'; items: Policy[] }>>
  /** Accepts versions in force, in the language they were read in. Errors: `policy_outdated`. */
  accept(
    accepted: readonly AcceptedPolicy[],
    options?: { locale?: string },
  ): Promise<Result<{ pending: PolicyVersion[] }>>
  /**
   * Calls the listener when a call was refused because the player has to accept something first; answers its
   * unsubscribe. Show what `pending()` lists, then call `accept`.
   */
  onPolicyRequired(listener: (pending: PolicyVersion[]) => void): () => void
}

/** Watches what a session is refused for, in the place of that session. */
export function watchPolicies(session: Session, onFault: (thrown: unknown) => void) {
  const refusals = createEmitter<{ required: [pending: PolicyVersion[]] }>(onFault)
  const watched: Session = {
    ...session,
    async request(call, playerId) {
      try {
        return await session.request(call, playerId)
      } catch (thrown) {
        if (hasCode(thrown, 'policy_acceptance_required')) {
          const { pending } = thrown.details
          refusals.emit('required', Array.isArray(pending) ? pending : [])
        }
        throw thrown
      }
    },
  }
  return { session: watched, refusals }
}

export function createPolicies(
  http: Http,
  { session, refusals }: ReturnType<typeof watchPolicies>,
): Policies {
  return {
    list: ({ locale } = {}) =>
      attempt(() => http.request({ method: 'GET', path: '/policies', query: { locale } })),
    get: (kind, version, { locale } = {}) =>
      attempt(() =>
        http.request({
          method: 'GET',
          path: path('policies', kind, String(version)),
          query: { locale },
        }),
      ),
    pending: ({ locale } = {}) =>
      attempt(() =>
        session.request({ method: 'GET', path: '/auth/policies/pending', query: { locale } }),
      ),
    accept: (accepted, { locale } = {}) =>
      attempt(() =>
        session.request({
          method: 'POST',
          path: '/auth/policies/accept',
          body: { accepted, locale },
          // The first acceptance is the one that counts.
          repeatable: true,
        }),
      ),
    onPolicyRequired: listener => refusals.on('required', listener),
  }
}
