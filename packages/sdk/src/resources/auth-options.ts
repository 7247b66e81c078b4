import type { Http } from '../core/http.js'
import { attempt, type Result } from '../core/result.js'
import type { Session } from '../core/session.js'
import type { components } from '../generated/openapi.js'

/** What a dialog for signing in must know: brand, providers, policies, captcha. */
export type AuthOptions = components['schemas']['AuthOptions']

export interface HostedPages {
  getOptions(options?: { locale?: string }): Promise<Result<{ options: AuthOptions }>>
  /**
   * For a page that signs in on behalf of a game: where to send the browser, with a code that only the game can use.
   * Errors: `redirect_not_allowed`, `reauthentication_required`.
   */
  handOver(to: {
    redirect_uri: string
    code_challenge: string
    state?: string
  }): Promise<Result<{ location: string }>>
}

export const createHostedPages = (http: Http, session: Session): HostedPages => ({
  getOptions: ({ locale } = {}) =>
    attempt(async () => ({
      options: await http.request<AuthOptions>({
        method: 'GET',
        path: '/auth/options',
        query: { locale },
      }),
    })),
  handOver: to =>
    attempt(() => session.request({ method: 'POST', path: '/auth/hand-over', body: to })),
})
