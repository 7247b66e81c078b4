import { z } from 'zod'
import { Email, text } from '../../gateway/shapes.js'
import { Consents, parentGrants } from './schema.js'

/** What a parent allows; what is not named is not allowed. Each is asked for by itself, third parties above all. */
export const Grants = z.strictObject({
  analytics: z.boolean().default(false),
  marketing: z.boolean().default(false),
  voice: z.boolean().default(false),
  chat: z.boolean().default(false),
  third_parties: z.boolean().default(false),
})
export type Grants = z.output<typeof Grants>

const ParentToken = text(1, 200)

export const ConsentRequest = z.strictObject({
  parent_email: Email,
  /** The language of the letter. */
  locale: z
    .string()
    .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}$/, 'is not a language tag such as de-AT')
    .optional(),
})
/** The same whether or not a letter went out. */
export const Requested = z.object({ requested: z.literal(true) })

export const NoticeRequest = z.strictObject({ code: text(1, 200) })
export const Notice = z.object({
  child: z.object({ username: z.string() }),
  /** What the parent can allow beside the account itself. */
  grants: z.array(z.enum(parentGrants)),
  policies: z.array(
    z.object({
      kind: z.string(),
      version: z.int(),
      title: z.string(),
      url: z.string().nullable(),
      text: z.string().nullable(),
    }),
  ),
  expires_at: z.iso.datetime(),
})

export const ConsentGiven = z.strictObject({
  code: text(1, 200),
  grants: Grants,
  /** "I am a parent or guardian of this child, and I agree." */
  statement: z.literal(true),
})

const ParentConsent = z
  .object({
    given_at: z.iso.datetime(),
    grants: z.array(z.string()),
    notice_version: z.int(),
    policy_version: z.int().nullable(),
    revoked_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'ParentConsent' })

/** `parent_token` is shown here; the second letter carries another one. */
export const GivenAnswer = z.object({ consent: ParentConsent, parent_token: z.string() })

export const ParentRequest = z.strictObject({ parent_token: ParentToken })
export const GrantsChange = z.strictObject({ parent_token: ParentToken, grants: Grants })
export const ParentAnswer = z.object({ consent: ParentConsent })
export const ParentReview = z.object({
  child: z.object({
    id: z.uuid(),
    username: z.string(),
    email: z.string().nullable(),
    country: z.string().nullable(),
    created_at: z.iso.datetime(),
  }),
  consent: ParentConsent,
  consents: Consents,
})
