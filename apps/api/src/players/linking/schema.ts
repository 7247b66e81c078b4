import { z } from 'zod'
import { Email, Password, text } from '../../gateway/shapes.js'
import { CaptchaToken } from '../captcha/schema.js'

/** One way into the account. */
export const Identity = z
  .object({
    /** Names it for removal. */
    id: z.string(),
    /** `password`, `device`, `google`, `oidc:acme` …; passkeys have a list of their own. */
    provider: z.string(),
    /** What the player knows it by. */
    display_name: z.string().nullable(),
    linked_at: z.iso.datetime(),
  })
  .meta({ id: 'Identity' })

export const IdentityList = z.object({ items: z.array(Identity), next_cursor: z.null() })

/** The proof of a further way in: one of the four. */
export const NewIdentity = z
  .strictObject({
    email: Email.optional(),
    password: Password.optional(),
    device_secret: text(32, 256).optional(),
    /** Of a sign-in at a provider through the browser: as for POST /api/v1/auth/oauth/token. */
    code: text(1, 128).optional(),
    code_verifier: text(43, 128).optional(),
    /** Of a native sign-in: the provider and its ID token. */
    provider: text(1, 50).optional(),
    id_token: text(1, 16_384).optional(),
    nonce: text(1, 255).optional(),
    /** With e-mail and password, where `auth.captcha` asks for it. */
    captcha_token: CaptchaToken.optional(),
  })
  .refine(
    given =>
      [
        given.email !== undefined && given.password !== undefined,
        given.device_secret !== undefined,
        given.code !== undefined && given.code_verifier !== undefined,
        given.provider !== undefined && given.id_token !== undefined,
      ].filter(Boolean).length === 1,
    'give email and password, or device_secret, or code and code_verifier, or provider and id_token',
  )

export const OneIdentity = z.strictObject({
  identity: z
    .string()
    .regex(/^[a-z][a-z0-9:_-]{0,60}~[A-Za-z0-9_-]{1,64}$/, 'is not the id of a way in'),
})
