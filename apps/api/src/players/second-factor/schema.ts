import { z } from 'zod'
import { text } from '../../gateway/shapes.js'
import { Assertion } from '../passkeys/schema.js'

export { SignedIn } from '../auth/schema.js'
export { examples as passkeyExamples } from '../passkeys/schema.js'

export const Totp = z.string().regex(/^\d{6}$/, 'is not six digits')
export const RecoveryCode = text(16, 40)

const isOneOf =
  (...names: readonly string[]) =>
  (given: Readonly<Record<string, unknown>>) =>
    names.filter(name => given[name] !== undefined).length === 1

export const TotpAnswer = z.object({
  totp: z.object({
    /** In base32, for typing. */
    secret: z.string(),
    /** `otpauth://totp/…` */
    uri: z.string(),
    /** The URI as a QR code: an SVG document. */
    qr_svg: z.string(),
  }),
})

export const TotpConfirmation = z.strictObject({ code: Totp })

/** Shown once; only their hashes are kept. */
export const RecoveryCodes = z.object({ recovery_codes: z.array(z.string()) })

export const FactorStatus = z.object({
  second_factor: z.object({
    totp: z.object({ enabled: z.boolean(), confirmed_at: z.iso.datetime().nullable() }),
    recovery_codes_left: z.int(),
    passkeys: z.int(),
  }),
})

/** Either a code of the authenticator app or a recovery code. */
export const FactorProof = z
  .strictObject({ code: Totp.optional(), recovery_code: RecoveryCode.optional() })
  .refine(isOneOf('code', 'recovery_code'), 'takes either code or recovery_code')

/** The second step of a sign-in: the token of the first, and one factor. */
export const SecondStep = z
  .strictObject({
    mfa_token: text(1, 100),
    code: Totp.optional(),
    recovery_code: RecoveryCode.optional(),
    passkey: Assertion.optional(),
  })
  .refine(
    isOneOf('code', 'recovery_code', 'passkey'),
    'takes one of code, recovery_code and passkey',
  )
export type SecondStep = z.output<typeof SecondStep>

/** One way of proving anew who one is. */
export const Reauthentication = z
  .strictObject({
    password: text(1, 4_096).optional(),
    code: Totp.optional(),
    passkey: Assertion.optional(),
  })
  .refine(isOneOf('password', 'code', 'passkey'), 'takes one of password, code and passkey')
export type Reauthentication = z.output<typeof Reauthentication>

export const Fresh = z.object({
  /** Until when what is dangerous may be done without asking again. */
  fresh_until: z.iso.datetime(),
})
