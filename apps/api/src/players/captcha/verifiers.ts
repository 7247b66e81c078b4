import { unavailable } from '@aethex/shared/errors'
import { z } from 'zod'
import type { Ctx } from '../../gateway/context.js'

// docs.hcaptcha.com, "Verify the User Response Server Side"; developers.cloudflare.com/turnstile, "Server-side validation".
const providers = {
  hcaptcha: { address: 'https://api.hcaptcha.com', path: '/siteverify' },
  turnstile: { address: 'https://challenges.cloudflare.com', path: '/turnstile/v0/siteverify' },
} as const

export type CaptchaProvider = keyof typeof providers

const Verdict = z.object({ success: z.boolean(), sitekey: z.string().optional() })

/**
 * Asks the provider whether a player has solved its captcha. Throws `unavailable` when it does not answer:
 * who cannot be judged is not let in.
 */
export async function askProvider(
  ctx: Ctx,
  provider: CaptchaProvider,
  given: { secret: string; siteKey: string | null; token: string },
): Promise<boolean> {
  const { address, path } = providers[provider]
  const form = new URLSearchParams({
    secret: given.secret,
    response: given.token,
    remoteip: ctx.address,
  })
  // hCaptcha refuses by itself a token that was made for another site key.
  if (given.siteKey !== null && provider === 'hcaptcha') form.set('sitekey', given.siteKey)
  const url = (ctx.providerStandIns.get(provider) ?? address) + path
  try {
    const answer = await ctx.guardedFetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
    })
    const { success, sitekey } = Verdict.parse(await answer.json())
    return success && (sitekey === undefined || sitekey === given.siteKey)
  } catch (error) {
    throw unavailable('captcha provider', error)
  }
}
