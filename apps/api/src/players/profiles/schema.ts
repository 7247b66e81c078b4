import { z } from 'zod'
import { User, Username } from '../auth/schema.js'

export const Profile = z.object({ user: User })

export const ProfileChange = z.strictObject({
  username: Username.optional(),
  avatar_url: z
    .url({ protocol: /^https$/ })
    .max(2_048)
    .nullable()
    .optional(),
})
