import { z } from 'zod'
import { Email, Id, isNamedAfter, Password, Session, text } from '../../gateway/shapes.js'
import { AgeAnswer } from '../age/schema.js'
import { CaptchaToken } from '../captcha/schema.js'
import { AcceptedPolicies } from '../policies/schema.js'

/** Latin beside Cyrillic or Greek, where one letter passes for another (Unicode TR 39 §5). */
const mixesLookAlikes = (name: string) =>
  [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u].filter(script =>
    script.test(name),
  ).length > 1

/** 3 to 32 letters, digits, spaces and `_.-`, of any script, counted after normalisation. */
export const Username = z
  .string()
  .max(128)
  .transform(name => name.normalize('NFKC'))
  .pipe(
    z
      .string()
      .min(3)
      .max(32)
      .regex(
        /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N} _.-]*[\p{L}\p{M}\p{N}])?$/u,
        'has characters that a name cannot have',
      )
      // Fillers and joiners count as letters and marks, but nobody sees them.
      .refine(name => !/\p{Default_Ignorable_Code_Point}/u.test(name), 'has invisible characters')
      .refine(name => !/\p{M}{4}/u.test(name), 'stacks more than three marks on one letter')
      .refine(name => !mixesLookAlikes(name), 'mixes scripts whose letters look alike'),
  )
  .meta({ openapi: { type: 'string', minLength: 3, maxLength: 32 } })

export const User = z
  .object({
    id: z.uuid(),
    email: z.string().nullable(),
    email_verified: z.boolean(),
    username: z.string(),
    avatar_url: z.string().nullable(),
    /** Whether a parent decides, as the setting `age.gate` and the player's answer have it. */
    is_child: z.boolean(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'User' })

export const SignedIn = z.object({
  user: User,
  session: Session,
  /**
   * Comes with a password. Whoever keeps it and sends it as X-Device-Token when signing in again cannot be
   * locked out by strangers who guess.
   */
  device_token: z.string().optional(),
})

/** The same for everybody: whether there is an account is told by mail only. */
export const CheckYourMail = z
  .object({ status: z.literal('check_your_mail') })
  .meta({ id: 'CheckYourMail' })

/** Signed in at once, or asked to prove the address first, as the studio has set `auth.registration`. */
export const Registered = z.union([SignedIn, CheckYourMail])

export const Register = z
  .strictObject({
    email: Email,
    password: Password,
    username: Username,
    /** The policies in force that the player accepts; needed where `policies.enforcement` is `required`. */
    policies: AcceptedPolicies.optional(),
    /** Needed where `age.gate` is enabled. */
    age: AgeAnswer.optional(),
    /** Needed where `auth.captcha` asks for it: `captcha_required` says what to solve. */
    captcha_token: CaptchaToken.optional(),
  })
  .refine(
    ({ email, password, username }) =>
      !isNamedAfter(password, email, email.split('@')[0], username),
    { path: ['password'], error: 'is the e-mail or the name of the account' },
  )
export const Login = z.strictObject({ email: Email, password: text(1, 4_096) })
export const Anonymous = z.strictObject({
  /** At least 128 random bits, minted by the device and kept by it. */
  device_secret: text(32, 256),
  /** Needed for a new guest where `auth.captcha` asks guests for it, too. */
  captcha_token: CaptchaToken.optional(),
})
export const Refresh = z.strictObject({ refresh_token: text(1, 512) })
export const Refreshed = z.object({ session: Session })
export const Jwks = z.object({ keys: z.array(z.looseObject({ kid: z.string(), kty: z.string() })) })

export const PasswordChange = z.strictObject({
  /** Left out by players who have none yet; they need a fresh sign-in instead. */
  current_password: text(1, 4_096).optional(),
  password: Password,
})

/** One place where a player is signed in. */
export const PlayerSession = z
  .object({
    id: z.uuid(),
    device_name: z.string().nullable(),
    /** How it began: `password`, `device`, `google` … */
    method: z.string(),
    created_at: z.iso.datetime(),
    /** When it was last refreshed. */
    last_seen_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
    /** Whether it is the one that asks. */
    current: z.boolean(),
  })
  .meta({ id: 'PlayerSession' })

export const PlayerSessionList = z.object({
  items: z.array(PlayerSession),
  next_cursor: z.null(),
})
export const OneSession = z.strictObject({ session_id: Id })
export const SessionName = z.strictObject({ device_name: text(1, 200) })
export const SessionRenamed = z.object({ session: PlayerSession })
export const Except = z.strictObject({ except: z.literal('current').optional() })
