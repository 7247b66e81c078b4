import { audit } from '@aethex/shared/audit'
import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { registerNonce } from '@aethex/shared/nonces'
import type { z } from 'zod'
import { auditActorOf, type Ctx, environmentOf } from '../../gateway/context.js'
import { readSetting } from '../../studio/settings/service.js'
import { mintChallenge, readSolution } from './proof-of-work.js'
import { captcha } from './settings.js'
import { findSecret, writeSecret } from './store.js'
import { askProvider } from './verifiers.js'

const purpose = 'captcha secrets'
const challengeSeconds = 600
// Providers accept a token for a few minutes; ours is remembered for longer than that.
const usedSeconds = 900

type Rules = z.output<typeof captcha.shape>

const keyOf = (ctx: Ctx) => ctx.vault.keyFor('proof of work')

/** What to solve now; null when nothing is asked. */
function challengeOf(ctx: Ctx, environmentId: string, rules: Rules) {
  if (rules.provider === 'none') return null
  const { provider, difficulty, site_key } = rules
  if (provider !== 'proof_of_work') {
    return { provider, site_key, challenge: null, difficulty: null, expires_at: null }
  }
  const expiresAt = Math.floor(ctx.now().getTime() / 1_000) + challengeSeconds
  const challenge = mintChallenge(keyOf(ctx), { environmentId, difficulty, expiresAt })
  const expires_at = new Date(expiresAt * 1_000).toISOString()
  return { provider, site_key: null, challenge, difficulty, expires_at }
}

/** Whose captcha an environment asks for; `none` when nothing is asked. */
export const captchaProviderOf = async (environmentId: string, db: Db) =>
  (await readSetting(environmentId, db, captcha)).provider

export async function currentCaptcha(ctx: Ctx) {
  const environmentId = environmentOf(ctx)
  const rules = await readSetting(environmentId, ctx.db, captcha)
  return { captcha: challengeOf(ctx, environmentId, rules) }
}

async function isSolved(ctx: Ctx, environmentId: string, rules: Rules, token: string) {
  if (rules.provider === 'none') return true
  if (rules.provider === 'proof_of_work') {
    const solved = readSolution(keyOf(ctx), token)
    return (
      solved !== undefined &&
      solved.environmentId === environmentId &&
      solved.difficulty >= rules.difficulty &&
      solved.expiresAt * 1_000 > ctx.now().getTime()
    )
  }
  const sealed = await findSecret(environmentId, ctx.db)
  if (sealed === undefined) {
    throw new Problem('unavailable', { detail: 'The captcha of this environment has no secret.' })
  }
  const secret = ctx.vault.unseal(purpose, sealed)
  return askProvider(ctx, rules.provider, { secret, siteKey: rules.site_key, token })
}

/** One solution, one account: what names the solution is kept until it would have expired anyway. */
const nameOf = (rules: Rules, token: string) =>
  rules.provider === 'proof_of_work' ? token.slice(0, token.lastIndexOf('.')) : token

/**
 * Lets pass who has solved what the environment asks for. Throws `captcha_required` with what to solve,
 * `captcha_invalid`, or `unavailable` when it cannot be judged.
 */
export async function assertHuman(
  ctx: Ctx,
  token: string | undefined,
  who: 'player' | 'guest' = 'player',
): Promise<void> {
  const environmentId = environmentOf(ctx)
  const rules = await readSetting(environmentId, ctx.db, captcha)
  if (rules.provider === 'none' || (who === 'guest' && !rules.guests)) return
  if (token === undefined) {
    const extensions = { captcha: challengeOf(ctx, environmentId, rules) }
    throw new Problem('captcha_required', { extensions })
  }
  // Taken before it is judged: of twenty callers with one token only one gets so far.
  const space = `captcha:${environmentId}`
  const isFirst = await registerNonce(ctx.redis, space, nameOf(rules, token), 1, usedSeconds)
  if (!isFirst || !(await isSolved(ctx, environmentId, rules, token))) {
    throw new Problem('captcha_invalid')
  }
}

/** Keeps the secret of the captcha provider, sealed. */
export async function keepCaptchaSecret(
  ctx: Ctx,
  environmentId: string,
  secret: string,
): Promise<void> {
  await ctx.db.transaction(async tx => {
    await writeSecret(environmentId, tx, ctx.vault.seal(purpose, secret))
    await audit(tx, {
      environmentId,
      actor: auditActorOf(ctx),
      action: 'captcha.set_secret',
      target: environmentId,
      requestId: ctx.requestId,
    })
  })
}
