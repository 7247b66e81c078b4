import { createHash, randomInt } from 'node:crypto'
import { hashPassword, needsRehash, verifyPassword } from '@aethex/shared/auth'
import { violatedConstraint } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { countingFailures } from '@aethex/shared/limits'
import { v7 as uuidv7 } from 'uuid'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { emailKey, usernameKey } from './identity-keys.js'
import { signIn } from './sign-in.js'
import {
  addDevice,
  addEmail,
  addPassword,
  addPlayer,
  findPlayerByDevice,
  findPlayerByEmail,
  type PlayerRow,
  replacePasswordHash,
} from './store.js'

export { emailKey, usernameKey } from './identity-keys.js'
export { listPublicKeys } from './public-keys.js'
export type { Proof } from './sessions.js'
export { assertPlayerSession, logout, refreshSession } from './sessions.js'
export { type SignedIn, signIn, toUser } from './sign-in.js'
export type { PlayerRow } from './store.js'

// Failed sign-ins; a success gives its unit back. One address may be a whole school, so it gets more.
const perAccount = { name: 'login-account', quota: 10, windowSeconds: 900 }
const perAddress = { name: 'login-address', quota: 100, windowSeconds: 600 }

const newborn = (player: { id: string; username: string }, createdAt: Date): PlayerRow => ({
  ...player,
  email: null,
  email_verified_at: null,
  avatar_url: null,
  profile_version: 1,
  created_at: createdAt,
})

const takenBy: Record<string, 'email_taken' | 'username_taken'> = {
  player_email_environment_id_email_key_key: 'email_taken',
  player_environment_id_username_key_key: 'username_taken',
}

/** The 409 behind a unique violation; other errors come back unchanged. */
export function asTaken(error: unknown): unknown {
  const code = takenBy[violatedConstraint(error) ?? '']
  return code === undefined ? error : new Problem(code)
}

/** Makes an account with an e-mail and a password, and signs it in. Throws `email_taken` or `username_taken`. */
export async function register(
  ctx: Ctx,
  input: { email: string; password: string; username: string },
) {
  const environmentId = environmentOf(ctx)
  const hash = await hashPassword(input.password)
  const email = input.email.trim()
  const player = {
    id: uuidv7(),
    username: input.username,
    usernameKey: usernameKey(input.username),
  }
  try {
    return await ctx.db.transaction(async tx => {
      const createdAt = await addPlayer(environmentId, tx, player)
      const key = emailKey(email)
      await addEmail(environmentId, tx, { playerId: player.id, email, emailKey: key })
      await addPassword(environmentId, tx, player.id, hash)
      const row = { ...newborn(player, createdAt), email }
      return signIn(ctx, tx, row, { method: 'password' })
    })
  } catch (error) {
    throw asTaken(error)
  }
}

/** Signs in with e-mail and password. The answer and its time are the same for an unknown e-mail. */
export async function login(ctx: Ctx, input: { email: string; password: string }) {
  const environmentId = environmentOf(ctx)
  const key = emailKey(input.email)
  const account = createHash('sha256').update(`${environmentId} ${key}`).digest('base64url')
  const budgets = [
    [perAccount, account],
    [perAddress, ctx.address],
  ] as const
  const player = await countingFailures(ctx.limits, budgets, async () => {
    const found = await findPlayerByEmail(environmentId, ctx.db, key)
    const stored = found?.password_hash ?? undefined
    const fits = await verifyPassword(stored, input.password)
    if (!fits || found === undefined || stored === undefined) {
      throw new Problem('invalid_credentials')
    }
    return { ...found, password_hash: stored }
  })
  if (needsRehash(player.password_hash)) {
    const hash = await hashPassword(input.password)
    await replacePasswordHash(environmentId, ctx.db, player.id, hash)
  }
  return signIn(ctx, ctx.db, player, { method: 'password' })
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
      return newborn(player, createdAt)
    })
  } catch (error) {
    if (error instanceof LostRace || asTaken(error) !== error) return undefined
    throw error
  }
}

const attempts = 4

async function findOrMakeGuest(ctx: Ctx, secretHash: Buffer) {
  for (let left = attempts; left > 0; left--) {
    const known = await findPlayerByDevice(environmentOf(ctx), ctx.db, secretHash)
    if (known !== undefined) return { created: false, player: known }
    const made = await makeGuest(ctx, secretHash)
    if (made !== undefined) return { created: true, player: made }
  }
  throw new Problem('busy')
}

/** Signs in the player of a device, making a guest at its first visit. `created` says which it was. */
export async function signInDevice(ctx: Ctx, deviceSecret: string) {
  const secretHash = createHash('sha256').update(deviceSecret).digest()
  const { created, player } = await findOrMakeGuest(ctx, secretHash)
  return { created, ...(await signIn(ctx, ctx.db, player, { method: 'device' })) }
}
