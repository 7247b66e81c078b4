import { Problem } from '@aethex/shared/errors'
import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  customFetch,
  None,
  randomNonce,
  randomState,
} from 'openid-client'
import { Strategy as OpenIdStrategy } from 'openid-client/passport'
import type { Strategy } from 'passport'
import OAuth2Strategy, { type VerifyCallback } from 'passport-oauth2'
import type { Parts } from '../../gateway/context.js'
import { type PlainEndpoints, plainProviders } from './catalogue.js'
import { discover, type Metadata } from './discovery.js'
import type { ExternalAccount } from './external-account.js'
import { verifyIdToken } from './id-tokens.js'
import { readProfile } from './plain-profiles.js'
import type { ProviderLine } from './provider-line.js'
import { callbackUrl, type Provider } from './providers.js'

/** The endpoints of GitHub or Discord; undefined for a provider that speaks OpenID Connect. */
export const plainEndpoints = (parts: Parts, { name, clientId }: Provider) =>
  plainProviders[name]?.endpoints(clientId, parts.providerStandIns.get(name))

/** Where the strategies keep, within their bag, what they must find again. */
const bagKey = 'flow'

/** Google and every issuer that a studio names: PKCE, state, nonce and RFC 9207 are openid-client's. */
class IssuerStrategy extends OpenIdStrategy {
  override authorizationRequestParams(): URLSearchParams {
    return new URLSearchParams({ state: randomState(), nonce: randomNonce() })
  }

  override currentUrl(request: { url: string }): URL {
    return new URL(request.url)
  }
}

function proofOf(clientSecret: string | undefined, server: Metadata): ClientAuth {
  if (clientSecret === undefined) return None()
  return server.token_endpoint_auth_methods_supported.includes('client_secret_basic')
    ? ClientSecretBasic(clientSecret)
    : ClientSecretPost(clientSecret)
}

async function issuerStrategy(
  parts: Parts,
  line: ProviderLine,
  provider: Provider,
  issuer: string,
) {
  const { clientId, clientSecret } = provider
  const server = await discover(line, issuer)
  const config = new Configuration(server, clientId, {}, proofOf(clientSecret, server))
  // Whether http may be spoken is decided, and rarely allowed, by the line.
  allowInsecureRequests(config)
  config[customFetch] = (url, { method, headers, body }) =>
    line(url, { method, headers, body: body instanceof URLSearchParams ? String(body) : null })
  const options = {
    config,
    name: provider.name,
    sessionKey: bagKey,
    scope: provider.scopes.join(' '),
    callbackURL: callbackUrl(parts, provider.name),
  }
  return new IssuerStrategy(options, (tokens, done) => {
    // The library takes the token's word because it came over TLS; ours is one rule for all ID tokens.
    verifyIdToken(line, provider, tokens.id_token ?? '', tokens.claims()?.nonce, parts.now()).then(
      account => done(null, account),
      done,
    )
  })
}

/** GitHub and Discord: plain OAuth 2.0 with PKCE; the profile says who it is. */
class PlainStrategy extends OAuth2Strategy {
  constructor(
    parts: Parts,
    private readonly line: ProviderLine,
    private readonly provider: Provider,
    private readonly endpoints: PlainEndpoints,
  ) {
    super(
      {
        authorizationURL: endpoints.authorize,
        tokenURL: endpoints.token,
        clientID: provider.clientId,
        clientSecret: provider.clientSecret ?? '',
        callbackURL: callbackUrl(parts, provider.name),
        scope: [...provider.scopes],
        sessionKey: bagKey,
        state: true,
        pkce: true,
        customHeaders: { accept: 'application/json' },
      },
      (
        _accessToken: string,
        _refreshToken: string,
        account: ExternalAccount,
        done: VerifyCallback,
      ) => done(null, account),
    )
    this.name = provider.name
    // The one place where the library opens a connection of its own.
    Object.assign(this._oauth2, {
      _request: (
        method: string,
        url: string,
        headers: Record<string, string>,
        body: string,
        _accessToken: null,
        done: (error: unknown, data?: string) => void,
      ) => {
        const asked = { ...headers, accept: 'application/json' }
        line(url, { method, headers: asked, body }).then(async response => {
          const data = await response.text()
          if (response.ok) done(null, data)
          else done({ statusCode: response.status, data })
        }, done)
      },
    })
  }

  override userProfile(
    accessToken: string,
    done: (error?: unknown, profile?: unknown) => void,
  ): void {
    readProfile(this.line, this.provider, this.endpoints, accessToken).then(
      account => done(null, account),
      done,
    )
  }
}

/** The Passport strategy of a provider, for one request. */
export async function strategyFor(
  parts: Parts,
  line: ProviderLine,
  provider: Provider,
): Promise<Strategy> {
  const endpoints = plainEndpoints(parts, provider)
  if (endpoints !== undefined) return new PlainStrategy(parts, line, provider, endpoints)
  if (provider.issuer === undefined) throw new Problem('not_found')
  // What openid-client says of its `this` fits no type of Passport's, which runs a child of the strategy anyway.
  return Object.create(await issuerStrategy(parts, line, provider, provider.issuer))
}
