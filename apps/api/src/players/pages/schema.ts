import { z } from 'zod'
import { Id, Session, text } from '../../gateway/shapes.js'
import { AgeGate } from '../age/schema.js'
import { User } from '../auth/schema.js'
import { Captcha } from '../captcha/schema.js'
import { Policy } from '../policies/schema.js'

/** Everything that a page or a dialog for signing in must know, in one answer. */
export const AuthOptions = z
  .object({
    brand: z.object({
      name: z.string(),
      accent_color: z.string(),
      logo_url: z.string().nullable(),
      support_email: z.string().nullable(),
      footer: z.string(),
      /** Whether the page says whose platform it is. */
      names_us: z.boolean(),
    }),
    registration: z.object({
      mode: z.enum(['instant', 'confirm_email']),
      min_password_length: z.int(),
    }),
    captcha: Captcha.nullable(),
    /** What a newcomer is asked for beside their country; null where nobody is asked how old they are. */
    age: AgeGate.shape.ask.nullable(),
    /** `google`, `github`, `discord`, `oidc:acme` … */
    providers: z.array(z.string()),
    policies: z.array(Policy),
    policies_required: z.boolean(),
  })
  .meta({ id: 'AuthOptions' })

export const AuthOptionsQuery = z.strictObject({ locale: text(2, 35).optional() })

export const HandOver = z.strictObject({
  redirect_uri: text(1, 2_048),
  /** S256 of a verifier that only the game has (RFC 7636). */
  code_challenge: z.string().regex(/^[\w-]{43}$/, 'is not the S256 challenge of a verifier'),
  state: text(1, 512).optional(),
})
export const HandedOver = z.object({ location: z.string() })
export const HandOverTrade = z.strictObject({ code: text(1, 128), code_verifier: text(43, 128) })

export const views = ['sign-in', 'sign-up', 'forgot', 'reset', 'verify', 'device'] as const
export const OnePage = z.strictObject({
  page: z.string().regex(/^[a-z-]{1,20}$/, 'is not a page'),
})
/** The page reads the rest of its address by itself; nothing of it is used here. */
export const PageQuery = z.strictObject({
  env: Id.optional(),
  key: text(1, 200).optional(),
  code: text(0, 2_048).optional(),
  redirect_uri: text(0, 2_048).optional(),
  code_challenge: text(0, 128).optional(),
  state: text(0, 2_048).optional(),
  user_code: text(0, 64).optional(),
  locale: text(0, 35).optional(),
  error: text(0, 2_048).optional(),
})
export const OneAsset = z.strictObject({ asset: z.enum(['aethex-auth.js', 'page.css']) })

export const TakenOver = z.object({ user: User, session: Session })
