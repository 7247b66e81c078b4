import { z } from 'zod'
import { setting } from '../../gateway/setting.js'
import { text } from '../../gateway/shapes.js'

/** How accounts are made. */
export const registration = setting({
  name: 'auth.registration',
  summary: 'How players register with e-mail and password.',
  shape: z.strictObject({
    /**
     * `instant` signs in at once, and says when an e-mail is taken. `confirm_email` answers every registration
     * alike (202) and sends a letter: nobody learns who has an account.
     */
    mode: z.enum(['instant', 'confirm_email']).default('instant'),
    /** Code points. 15 is what NIST SP 800-63B asks where the password is the only factor. */
    min_password_length: z.int().min(8).max(64).default(8),
  }),
})

/** Which usernames players may take, beyond what no name may be anywhere. */
export const names = setting({
  name: 'profiles.names',
  summary: 'Which usernames players may take.',
  shape: z.strictObject({
    /** Code points after normalisation. */
    min_length: z.int().min(3).max(32).default(3),
    max_length: z.int().min(3).max(32).default(32),
    /** Refused as a whole name, in every spelling that looks like it; beside the names of staff, reserved everywhere. */
    reserved: z.array(text(1, 64)).max(500).default([]),
    /** Refused anywhere within a name. */
    blocked: z.array(text(2, 64)).max(2_000).default([]),
  }),
})
