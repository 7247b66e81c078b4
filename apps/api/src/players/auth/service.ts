import { randomInt } from 'node:crypto'
import { hashPassword } from '@aethex/shared/auth'
import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { v7 as uuidv7 } from 'uuid'
import type { z } from 'zod'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { readSetting } from '../../studio/settings/service.js'
import { assertHuman } from '../captcha/service.js'
import { judgeNewcomer, keepNewcomer } from '../newcomers/service.js'
import { newAccountClaims } from './guess-budgets.js'
import { emailKey, usernameKey } from './identity-keys.js'
import { rememberDevice } from './known-devices.js'
import { assertNameAllowed } from './names.js'
import { assertPasswordAllowed } from './password-rules.js'
import { keepRegistration } from './pending.js'
import { hashDeviceSecret } from './proofs.js'
import type { Register } from './schema.js'
import { registration } from './settings.js'
import { signIn } from './sign-in.js'
import {
  addDevice,
  addEmail,
  addPassword,
  addPlayer,
  findPlayerByDevice,
  type PlayerRow,
} from './store.js'
import { asTaken } from './taken.js'
import { welcomePlayer } from './welcome.js'

export { askedLanguage } from './asked-language.js'
export { changePassword } from './change-password.js'
export { hashCode, mintCode } from './codes.js'
export { newAccountClaims } from './guess-budgets.js'
export { emailKey, usernameKey } from './identity-keys.js'
export { forgetKnownDevices } from './known-device-store.js'
export { deviceTokensIn, rememberDevice } from './known-devices.js'
export { addFirstAddress, linkDevice } from './linked.js'
export { login } from './login.js'
export { makePlayer } from './make-player.js'
export { assertNameAllowed } from './names.js'
export { assertPasswordAllowed } from './password-rules.js'
export { checkYourMail, confirmRegistration, isPendingCode } from './pending.js'
export { forgetOldPending, removePendingOf } from './pending-store.js'
export { proveDevice, provePassword } from './proofs.js'
export { listPublicKeys } from './public-keys.js'
export { renamePlayer } from './rename.js'
export { askSecondFactor, hasSecondFactor } from './second-step.js'
export type { Proof } from './sessions.js'
export {
  assertPlayerSession,
  endAllOwn,
  endOwn,
  endSessionsOf,
  listOwnSessions,
  logout,
  refreshSession,
  renameOwnSession,
  sessionsEnded,
} from './sessions.js'
export { type SignedIn, signIn, toUser } from './sign-in.js'
export { skeletonOf } from './skeleton.js'
export {
  assertFreshProof,
  assertOneFactorIsEnough,
  assertOwnPassword,
  assertProvenSession,
  renewProof,
} from './step-up.js'
export { findPlayer, type PlayerRow, passwordSetSince, writePassword } from './store.js'
export { asTaken } from './taken.js'
export { assertWayInLeft } from './ways-in.js'

/** How accounts are made in an environment. */
export const registrationRules = (environmentId: string, db: Db) =>
  readSetting(environmentId, db, registration)

const newborn = (player: { id: string; username: string }, createdAt: Date): PlayerRow => ({
  ...player,
  email: null,
  email_verified_at: null,
  avatar_url: null,
  profile_version: 1,
  created_at: createdAt,
})

/**
 * Makes an account with an e-mail and a password, and signs it in. Throws `email_taken` or `username_taken`.
 * Where the studio wants addresses proven first (`confirm_email`), it only sends a letter, whoever has the address.
 */
export async function register(
  ctx: Ctx,
  input: z.output<typeof Register>,
  locale: string | undefined,
) {
  const environmentId = environmentOf(ctx)
  await ctx.limits.takeAll(newAccountClaims(environmentId, input.email))
  await assertHuman(ctx, input.captcha_token)
  const newcomer = await judgeNewcomer(ctx, input)
  await assertNameAllowed(environmentId, ctx.db, input.username)
  await assertPasswordAllowed(environmentId, ctx.db, input.password, input)
  const hash = await hashPassword(input.password)
  const email = input.email.trim()
  const { mode } = await readSetting(environmentId, ctx.db, registration)
  if (mode === 'confirm_email') {
    const { username } = input
    return keepRegistration(ctx, { email, username, passwordHash: hash, locale, newcomer })
  }
  const player = {
    id: uuidv7(),
    username: input.username,
    usernameKey: usernameKey(input.username),
  }
  try {
    return await ctx.db.transaction(async tx => {
      const createdAt = await addPlayer(environmentId, tx, player)
      await welcomePlayer(ctx, environmentId, tx, player.id)
      const key = emailKey(email)
      await addEmail(environmentId, tx, { playerId: player.id, email, emailKey: key })
      await addPassword(environmentId, tx, player.id, hash)
      await keepNewcomer(environmentId, tx, player.id, newcomer)
      const row = { ...newborn(player, createdAt), email }
      const deviceToken = await rememberDevice(ctx, environmentId, tx, player.id)
      return {
        ...(await signIn(ctx, tx, row, { method: 'password' })),
        device_token: deviceToken,
      }
    })
  } catch (error) {
    throw asTaken(error)
  }
}

const guestName = () =>
  `guest-${randomInt(36 ** 7)
    .toString(36)
    .padStart(7, '0')}`

/** Another request of the same device made the guest first: this one's is rolled back. */
class LostRace extends Error {}

/** Undefined when the device has got a guest meanwhile, or the name was drawn before. */
async function makeGuest(ctx: Ctx, secretHash: Buffer): Promise<PlayerRow | undefined> {
  const environmentId = environmentOf(ctx)
  const username = guestName()
  const player = { id: uuidv7(), username, usernameKey: usernameKey(username) }
  try {
    return await ctx.db.transaction(async tx => {
      const createdAt = await addPlayer(environmentId, tx, player)
      if (!(await addDevice(environmentId, tx, secretHash, player.id))) throw new LostRace()
      await welcomePlayer(ctx, environmentId, tx, player.id)
      return newborn(player, createdAt)
    })
  } catch (error) {
    if (error instanceof LostRace || asTaken(error) !== error) return undefined
    throw error
  }
}

const attempts = 4

async function findOrMakeGuest(ctx: Ctx, secretHash: Buffer, captchaToken: string | undefined) {
  for (let left = attempts; left > 0; left--) {
    const known = await findPlayerByDevice(environmentOf(ctx), ctx.db, secretHash)
    if (known !== undefined) return { created: false, player: known }
    if (left === attempts) {
      await ctx.limits.takeAll(newAccountClaims(environmentOf(ctx)))
      await assertHuman(ctx, captchaToken, 'guest')
    }
    const made = await makeGuest(ctx, secretHash)
    if (made !== undefined) return { created: true, player: made }
  }
  throw new Problem('busy')
}

/** Signs in the player of a device, making a guest at its first visit. `created` says which it was. */
export async function signInDevice(ctx: Ctx, deviceSecret: string, captchaToken?: string) {
  const secretHash = hashDeviceSecret(deviceSecret)
  const { created, player } = await findOrMakeGuest(ctx, secretHash, captchaToken)
  return { created, ...(await signIn(ctx, ctx.db, player, { method: 'device' })) }
}
