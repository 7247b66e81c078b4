/** Providers that we know where to find. Those that a studio names itself are `oidc:<slug>`. */

export const googleIssuer = 'https://accounts.google.com'

/** Google writes its issuer in two ways (OpenID Connect page of Google Identity). */
export const issuersOf = (issuer: string): string[] =>
  issuer === googleIssuer ? [issuer, 'accounts.google.com'] : [issuer]

export const defaultScopes = (provider: string): string[] =>
  plainProviders[provider]?.scopes ?? ['openid', 'email', 'profile']

/** Where a provider without OpenID Connect answers. */
export interface PlainEndpoints {
  authorize: string
  token: string
  profile: string
  /** Tells of an access token for whom it was made. */
  check: string
}

interface PlainProvider {
  scopes: string[]
  /** `standIn` takes the place of all of the provider's hosts. */
  endpoints(clientId: string, standIn?: string): PlainEndpoints
}

/** Plain OAuth 2.0: who signs in is asked of the provider's API. */
export const plainProviders: Readonly<Record<string, PlainProvider>> = {
  github: {
    scopes: ['read:user', 'user:email'],
    endpoints(clientId, standIn) {
      const web = standIn ?? 'https://github.com'
      const api = standIn ?? 'https://api.github.com'
      return {
        authorize: `${web}/login/oauth/authorize`,
        token: `${web}/login/oauth/access_token`,
        profile: `${api}/user`,
        check: `${api}/applications/${encodeURIComponent(clientId)}/token`,
      }
    },
  },
  discord: {
    scopes: ['identify', 'email'],
    endpoints(_clientId, standIn) {
      const web = standIn ?? 'https://discord.com'
      return {
        authorize: `${web}/oauth2/authorize`,
        token: `${web}/api/oauth2/token`,
        profile: `${web}/api/v10/users/@me`,
        check: `${web}/api/v10/oauth2/@me`,
      }
    },
  },
}
