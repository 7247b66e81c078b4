import { z } from 'zod'
import { Email, Id, isNamedAfter, Password, Session, text } from '../../gateway/shapes.js'

export const Member = z
  .object({
    id: z.uuid(),
    email: z.string(),
    email_verified: z.boolean(),
    name: z.string(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Member' })

export const SignUp = z
  .strictObject({ email: Email, password: Password, name: text(1, 100) })
  .refine(
    ({ email, password, name }) => !isNamedAfter(password, email, email.split('@')[0], name),
    {
      path: ['password'],
      error: 'is the e-mail or the name of the account',
    },
  )
export const MemberLogin = z.strictObject({ email: Email, password: text(1, 4_096) })
export const MemberSignedIn = z.object({ member: Member, session: Session })
export const MemberRefresh = z.strictObject({ refresh_token: text(1, 512) })
export const MemberRefreshed = z.object({ session: Session })

export const MemberAnswer = z.object({ member: Member })
export const MemberChange = z.strictObject({ name: text(1, 100).optional() })

/** A code as it stands in a letter. */
export const MailedCode = z.strictObject({ code: text(1, 200) })
export const NewEmail = z.strictObject({ email: Email })
export const PasswordForgotten = z.strictObject({ email: Email })
export const PasswordReset = z.strictObject({ code: text(1, 200), password: Password })
export const PasswordChange = z.strictObject({
  current_password: text(1, 4_096),
  password: Password,
})

export const MemberSession = z
  .object({
    id: z.uuid(),
    /** What the device called itself at the sign-in. */
    device_name: z.string().nullable(),
    /** Whether it is the session that asks. */
    current: z.boolean(),
    second_factor: z.boolean(),
    created_at: z.iso.datetime(),
    last_seen_at: z.iso.datetime(),
  })
  .meta({ id: 'MemberSession' })
export const MemberSessionList = z.object({ items: z.array(MemberSession), next_cursor: z.null() })
export const OneSession = z.strictObject({ session_id: Id })
