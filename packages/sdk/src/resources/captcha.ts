import { hasCode } from '../core/error.js'
import { solveChallenge } from '../core/proof-of-work.js'

/**
 * Makes an account; where the studio asks for a proof of work, solves it and comes again. Other captchas need a player:
 * then the failure `captcha_required` says which, and the call is repeated with `captcha_token`.
 */
export async function provingHuman<T>(
  call: (captchaToken: string | undefined) => Promise<T>,
  given?: string,
): Promise<T> {
  try {
    return await call(given)
  } catch (thrown) {
    if (given !== undefined || !hasCode(thrown, 'captcha_required')) throw thrown
    const { captcha } = thrown.details
    if (typeof captcha !== 'object' || captcha === null) throw thrown
    const { challenge, difficulty } = Object.assign({ challenge: null, difficulty: null }, captcha)
    if (typeof challenge !== 'string' || typeof difficulty !== 'number') throw thrown
    return call(await solveChallenge(challenge, difficulty))
  }
}
