import { z } from 'zod'
import { setting } from '../../gateway/setting.js'

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
