import { z } from 'zod'

/** The address that a code was sent to: it is good for that one alone. */
export const Address = z.object({ email_key: z.string() })

/** The address that an account is to get. */
export const NewAddress = z.object({ email: z.string(), email_key: z.string() })
