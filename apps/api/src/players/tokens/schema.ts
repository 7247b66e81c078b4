import { z } from 'zod'
import { Id, text } from '../../gateway/shapes.js'
import { SignedIn } from '../auth/schema.js'

export const Introspect = z.strictObject({
  /** An access token, or a refresh token. */
  token: text(1, 4_096),
})

/** RFC 7662 §2.2; of a token that is worth nothing only `active: false`. */
export const Introspection = z
  .object({
    active: z.boolean(),
    token_type: z.enum(['access_token', 'refresh_token']).optional(),
    /** The player. */
    sub: z.uuid().optional(),
    username: z.string().optional(),
    /** The session. */
    sid: z.uuid().optional(),
    environment_id: z.uuid().optional(),
    iss: z.string().optional(),
    /** Unix time in seconds. */
    iat: z.int().optional(),
    exp: z.int().optional(),
    /** How the session began: `password`, `device`, `google` … */
    method: z.string().optional(),
  })
  .meta({ id: 'Introspection' })

export const NewSession = z.strictObject({ user_id: Id })
export const SessionMade = SignedIn
