import { z } from 'zod'
import { Id, text } from '../../gateway/shapes.js'
import { SignedIn } from '../auth/schema.js'

export { SignedIn } from '../auth/schema.js'

/** A studio's own OpenID Connect provider, as its paths call it. */
export const Slug = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'is not the name of a provider')

export const ProviderName = z
  .string()
  .regex(
    /^(google|github|discord|oidc:[a-z0-9][a-z0-9-]{0,31})$/,
    'is not google, github, discord or oidc:<slug>',
  )

export const InEnvironment = z.strictObject({ environment_id: Id })
export const OneProvider = z.strictObject({ environment_id: Id, provider: ProviderName })
export const OwnProvider = z.strictObject({ slug: Slug })

/** RFC 6749 §3.3. */
const ScopeToken = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/, 'is not a scope')

export const ProviderInput = z.strictObject({
  client_id: text(1, 255),
  /**
   * Kept as it is when left out; null takes it away. Must be sent again when `client_id` or `issuer` changes:
   * a secret goes only where it was meant to go.
   */
  client_secret: text(1, 2_048).nullable().optional(),
  /** For `oidc:<slug>` only: the issuer identifier, exactly as the provider writes it. */
  issuer: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .optional(),
  /** What is asked of the provider; what signing in needs when left out. */
  scopes: z.array(ScopeToken).min(1).max(20).optional(),
  /** Client ids of the game's native apps, whose ID tokens are taken beside those for `client_id`. */
  native_client_ids: z.array(text(1, 255)).max(10).default([]),
  enabled: z.boolean().default(true),
})

export const Provider = z
  .object({
    name: z.string(),
    client_id: z.string(),
    /** The secret itself is never shown. */
    has_secret: z.boolean(),
    issuer: z.string().nullable(),
    scopes: z.array(z.string()),
    native_client_ids: z.array(z.string()),
    enabled: z.boolean(),
    /** What the provider must know as the redirect address. */
    callback_url: z.url(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'AuthProvider' })

export const ProviderAnswer = z.object({ provider: Provider })
export const ProviderList = z.object({ items: z.array(Provider), next_cursor: z.null() })

/** RFC 7636 §4: 43 to 128 unreserved characters; the challenge is the SHA-256 of that in base64url. */
const CodeVerifier = z.string().regex(/^[\w.~-]{43,128}$/, 'is not a PKCE verifier')
const CodeChallenge = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'is not an S256 PKCE challenge')

export const flowModes = ['redirect', 'popup', 'loopback'] as const

/** Either a sign-in through the browser begins (`redirect_uri` …), or a token that the game has got is traded. */
export const OauthStart = z
  .strictObject({
    /** Where the player comes back to; must be allowed by the setting `auth.redirects`. */
    redirect_uri: text(1, 2_000).optional(),
    mode: z.enum(flowModes).default('redirect'),
    /** Of the verifier that the game keeps and sends with the code. */
    code_challenge: CodeChallenge.optional(),
    /** Handed back with the code. */
    state: text(1, 500).optional(),
    /** Of a native sign-in with Google or an `oidc` provider. */
    id_token: text(1, 16_384).optional(),
    /** What the game gave the provider for its ID token; needed when the token carries one. */
    nonce: text(1, 500).optional(),
    /** Of a native sign-in with GitHub or Discord. */
    access_token: text(1, 4_096).optional(),
  })
  .superRefine((input, issues) => {
    const ways = (['redirect_uri', 'id_token', 'access_token'] as const).filter(
      way => input[way] !== undefined,
    )
    if (ways.length !== 1) {
      const message = 'or id_token or access_token has to be given, and only one of them'
      issues.addIssue({ code: 'custom', path: ['redirect_uri'], message })
    } else if (ways[0] === 'redirect_uri' && input.code_challenge === undefined) {
      issues.addIssue({ code: 'custom', path: ['code_challenge'], message: 'is missing' })
    }
  })

export const FlowStarted = z
  .object({
    /** Where the player's browser goes. */
    authorization_url: z.url(),
    flow_id: z.string(),
    /** Seconds until the sign-in has to be through. */
    expires_in: z.int(),
  })
  .meta({ id: 'OauthFlow' })

export const StartAnswer = z.union([FlowStarted, SignedIn])

export const OneFlow = z.strictObject({ flow_id: text(1, 64) })
export const OneCallback = z.strictObject({ provider: ProviderName })

/** What a provider sends back; it may say more, and that is ignored. */
export const CallbackQuery = z.looseObject({
  state: text(1, 500),
  code: text(1, 4_096).optional(),
  error: text(1, 500).optional(),
  iss: text(1, 500).optional(),
})

export const CodeTrade = z.strictObject({ code: text(1, 64), code_verifier: CodeVerifier })

export const CustomToken = z.strictObject({ token: text(1, 16_384) })

export const DeviceCode = z.object({
  device_code: z.string(),
  /** What the player types, such as BCDF-GHJK. */
  user_code: z.string(),
  verification_uri: z.url(),
  /** The same with the code filled in, for a QR code. */
  verification_uri_complete: z.url(),
  /** Seconds. */
  expires_in: z.int(),
  /** Seconds between two questions at least. */
  interval: z.int(),
})

export const DeviceTrade = z.strictObject({ device_code: text(1, 64) })
export const UserCode = z.strictObject({ user_code: text(1, 32) })
export const WaitingDevice = z.object({
  device: z.object({ device_name: z.string().nullable(), expires_in: z.int() }),
})
