import { z } from 'zod'
import { setting } from '../../gateway/setting.js'

/** Who must show that they are no script. */
export const captcha = setting({
  name: 'auth.captcha',
  summary: 'What registration asks of a stranger before it makes an account.',
  shape: z.strictObject({
    /** `proof_of_work` needs no third party; the others need a site key here and a secret of the provider. */
    provider: z.enum(['none', 'proof_of_work', 'hcaptcha', 'turnstile']).default('none'),
    site_key: z.string().max(200).nullable().default(null),
    /** Leading zero bits of the hash: each one more doubles the work. 16 take a phone about a second. */
    difficulty: z.int().min(8).max(24).default(16),
    /** Whether guests have to pass, too. */
    guests: z.boolean().default(false),
  }),
})
