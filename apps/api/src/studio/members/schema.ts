import { z } from 'zod'
import { Email, isNamedAfter, Password, Session, text } from '../../gateway/shapes.js'

export const Member = z
  .object({ id: z.uuid(), email: z.string(), name: z.string(), created_at: z.iso.datetime() })
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
