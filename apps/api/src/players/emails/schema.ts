import { z } from 'zod'
import { Email, Password, Session, text } from '../../gateway/shapes.js'
import { CheckYourMail, User } from '../auth/schema.js'

export { CheckYourMail }

/** As it stands in a letter. */
const Code = text(1, 200)

export const OneCode = z.strictObject({ code: Code })
export const Forgot = z.strictObject({ email: Email })
export const Reset = z.strictObject({ code: Code, password: Password })
export const EmailChange = z.strictObject({ email: Email })

export const OwnUser = z.object({ user: User })

/** With a session when this finished a registration. */
export const Verified = z.object({
  user: User,
  session: Session.optional(),
  device_token: z.string().optional(),
})
