import { z } from 'zod'
import { Id, text } from '../../gateway/shapes.js'

/** What a client must solve, or show to the player, before it may register. */
export const Captcha = z
  .object({
    provider: z.enum(['proof_of_work', 'hcaptcha', 'turnstile']),
    /** Of hCaptcha and Turnstile. */
    site_key: z.string().nullable(),
    /** Of the proof of work: find a number n for which SHA-256 of `<challenge>.<n>` begins with `difficulty` zero bits. */
    challenge: z.string().nullable(),
    difficulty: z.int().nullable(),
    expires_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Captcha' })

export const CaptchaAnswer = z.object({
  /** Null when nothing is asked. */
  captcha: Captcha.nullable(),
})

/** The provider's answer token, or `<challenge>.<n>`. */
export const CaptchaToken = text(1, 4_096)

export const InEnvironment = z.strictObject({ environment_id: Id })
export const CaptchaSecret = z.strictObject({ secret: text(1, 500) })
