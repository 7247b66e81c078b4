import { z } from 'zod'
import { setting } from '../../gateway/setting.js'
import { text } from '../../gateway/shapes.js'

const isLocal = ({ hostname }: URL) => ['localhost', '127.0.0.1', '[::1]'].includes(hostname)

/** Written as a browser writes it, so that comparing texts compares addresses. */
function isRedirectTarget(address: string): boolean {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || url.href !== address) return false
  if (address.includes('#') || url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLocal(url))
}

const RedirectTarget = text(1, 2_000).refine(
  isRedirectTarget,
  'is not a whole https address such as https://game.example/signed-in, or http on this very machine',
)

/** Where sign-ins through a browser may lead back to. */
export const redirects = setting({
  name: 'auth.redirects',
  summary: 'Where sign-ins through a browser may lead back to.',
  shape: z.strictObject({
    /** Compared letter by letter, queries included. */
    allowed: z.array(RedirectTarget).max(50).default([]),
    /** Lets native games listen on 127.0.0.1 or [::1], on any port (RFC 8252 §7.3). */
    loopback: z.boolean().default(true),
    /** The one path that they may listen at. */
    loopback_path: z
      .string()
      .regex(/^\/[\w./-]{0,100}$/, 'is not a path')
      .default('/callback'),
  }),
})

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']

const PublicJwk = z
  .looseObject({ kty: z.enum(['RSA', 'EC', 'OKP']) })
  .refine(
    key => !privateMembers.some(member => member in key),
    'is a private key; keep it, and put in its public half',
  )

/** Players whom a studio's own servers vouch for with a signed token. */
export const customTokens = setting({
  name: 'auth.custom_tokens',
  summary: "Who may sign players in with tokens of the studio's own, and with which keys.",
  shape: z.strictObject({
    /** Their `iss`. Empty: nobody is signed in this way. */
    issuer: z.string().max(500).default(''),
    /** Their `aud`. */
    audience: z.string().max(500).default(''),
    /** The public keys themselves … */
    jwks: z
      .strictObject({ keys: z.array(PublicJwk).min(1).max(20) })
      .nullable()
      .default(null),
    /** … or where they are found; fetched again when an unknown key id turns up. */
    jwks_url: z
      .url({ protocol: /^https?$/ })
      .max(500)
      .nullable()
      .default(null),
  }),
})

/** How players sign in on a device that has no keyboard to speak of. */
export const deviceCodes = setting({
  name: 'auth.device_codes',
  summary: 'Signing in on one device by saying yes on another.',
  shape: z.strictObject({
    enabled: z.boolean().default(true),
    /** A page of the game's own that asks for the code; the platform's page unless said. */
    verification_url: RedirectTarget.nullable().default(null),
  }),
})
