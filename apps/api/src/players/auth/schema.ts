import { z } from 'zod'
import { Email, isNamedAfter, Password, Session, text } from '../../gateway/shapes.js'

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
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'User' })

export const SignedIn = z.object({ user: User, session: Session })

export const Register = z
  .strictObject({ email: Email, password: Password, username: Username })
  .refine(
    ({ email, password, username }) =>
      !isNamedAfter(password, email, email.split('@')[0], username),
    { path: ['password'], error: 'is the e-mail or the name of the account' },
  )
export const Login = z.strictObject({ email: Email, password: text(1, 4_096) })
export const Anonymous = z.strictObject({
  /** At least 128 random bits, minted by the device and kept by it. */
  device_secret: text(32, 256),
})
export const Refresh = z.strictObject({ refresh_token: text(1, 512) })
export const Refreshed = z.object({ session: Session })
export const Jwks = z.object({ keys: z.array(z.looseObject({ kid: z.string(), kty: z.string() })) })
