import { hashPassword, needsRehash, verifyPassword } from '@aethex/shared/auth'
import { Problem } from '@aethex/shared/errors'
import { type Claim, countingFailures } from '@aethex/shared/limits'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { accountClaim, guessBudgets, knownDeviceBudgets } from './guess-budgets.js'
import { emailKey } from './identity-keys.js'
import { findOwnToken, hashDeviceToken, rememberDevice } from './known-devices.js'
import { signIn } from './sign-in.js'
import { findPlayerByEmail, keepPassword, type PlayerRow, renewHash } from './store.js'

const oneLetterADay = {
  name: 'letter-account-locked',
  quota: 1,
  windowSeconds: 86_400,
  whenBlind: 'refuse',
} as const

/** Tells the owner, at most once a day and only at a verified address, that somebody has used up their sign-ins. */
async function tellOwner(ctx: Ctx, environmentId: string, email: string, owner: PlayerRow) {
  const [budget, account] = accountClaim(environmentId, email)
  if (owner.email === null || owner.email_verified_at === null) return
  if ((await ctx.limits.count(budget, account, 0)).remaining > 0) return
  await ctx.limits.take(oneLetterADay, account)
  await ctx.mail.queue(ctx.db, {
    environmentId,
    to: owner.email,
    template: 'account_locked',
    values: { username: owner.username },
  })
}

const isOverBudget = (error: unknown) => error instanceof Problem && error.code === 'rate_limited'

/**
 * Signs in with e-mail and password. The answer and its time are the same for an unknown e-mail. A device that
 * the account knows has a budget of its own, so that strangers' guesses never lock its owner out for good.
 */
export async function login(
  ctx: Ctx,
  input: { email: string; password: string },
  deviceTokens: readonly string[],
) {
  const environmentId = environmentOf(ctx)
  const found = await findPlayerByEmail(environmentId, ctx.db, emailKey(input.email))
  const deviceToken = await findOwnToken(environmentId, ctx.db, found?.id, deviceTokens)
  const claims: Claim[] =
    deviceToken === undefined
      ? guessBudgets(ctx, environmentId, input.email)
      : knownDeviceBudgets(environmentId, hashDeviceToken(deviceToken))
  const player = await countingFailures(ctx.limits, claims, async () => {
    const { password_hash: hash, password_set_at: setAt } = found ?? {}
    const fits = await verifyPassword(hash ?? undefined, input.password)
    if (!fits || found === undefined || hash == null || setAt == null) {
      throw new Problem('invalid_credentials')
    }
    return { ...found, hash, setAt }
  }).catch(error => {
    if (isOverBudget(error) && found !== undefined) {
      // Nobody waits for the letter: a refusal takes as long for an e-mail without an account.
      tellOwner(ctx, environmentId, input.email, found).catch(reason => {
        if (!isOverBudget(reason)) ctx.log.warn({ err: reason }, 'no letter about a locked account')
      })
    }
    throw error
  })
  const renewed = needsRehash(player.hash) ? await hashPassword(input.password) : undefined
  return ctx.db.transaction(async tx => {
    const signedIn = await signIn(ctx, tx, player, { method: 'password' })
    // A password that was set meanwhile has ended the sessions of this one: there must not be one more.
    const isStillTheirs =
      renewed === undefined
        ? await keepPassword(environmentId, tx, player.id, player.setAt)
        : await renewHash(environmentId, tx, player.id, player.setAt, renewed)
    if (!isStillTheirs) throw new Problem('invalid_credentials')
    const deviceToken = await rememberDevice(ctx, environmentId, tx, player.id, deviceTokens)
    return { ...signedIn, device_token: deviceToken }
  })
}
