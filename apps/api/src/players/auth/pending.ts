import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { keepWaitingNewcomer, letNewcomerWait, type Newcomer } from '../newcomers/service.js'
import { hashCode, mintCode } from './codes.js'
import { emailKey } from './identity-keys.js'
import { rememberDevice } from './known-devices.js'
import { makePlayer } from './make-player.js'
import {
  addPending,
  findPending,
  isNameHeld,
  removePendingOf,
  takePending,
} from './pending-store.js'
import { signIn } from './sign-in.js'
import { addEmail, addPassword, findPlayer } from './store.js'
import { asTaken } from './taken.js'

/** What everybody is answered who may or may not get a letter. */
export const checkYourMail = { status: 'check_your_mail' } as const

interface NewAccount {
  email: string
  username: string
  passwordHash: string
  /** What the asker reads. */
  locale: string | undefined
  newcomer: Newcomer
}

/**
 * Keeps a registration until its address is proven. Nothing is looked up by the address, so that the answer and its
 * time are the same for one that has an account: the courier finds that out. Throws `username_taken`.
 */
export async function keepRegistration(ctx: Ctx, account: NewAccount) {
  const environmentId = environmentOf(ctx)
  const { email, username, passwordHash, locale, newcomer } = account
  const code = mintCode()
  await ctx.db.transaction(async tx => {
    if (await isNameHeld(environmentId, tx, username)) throw new Problem('username_taken')
    const letter = { environmentId, to: email, template: 'verify_email', errand: 'registration' }
    if (!(await ctx.mail.queue(tx, { ...letter, locale, values: { code, username } }))) return
    await addPending(environmentId, tx, hashCode(code), {
      email,
      email_key: emailKey(email),
      username,
      password_hash: passwordHash,
    })
    await letNewcomerWait(ctx, tx, hashCode(code), newcomer)
  })
  return checkYourMail
}

/** Whether the code in a letter still stands for a registration. */
export const isPendingCode = async (environmentId: string, db: Db, code: string) =>
  (await findPending(environmentId, db, hashCode(code))) !== undefined

const alongside = (environmentId: string, codeHash: Buffer) => async (tx: Db, playerId: string) => {
  const pending = await takePending(environmentId, tx, codeHash)
  if (pending === undefined) return false
  const { email, email_key: key, password_hash: hash } = pending
  await addEmail(environmentId, tx, { playerId, email, emailKey: key, verifiedAt: new Date() })
  await addPassword(environmentId, tx, playerId, hash)
  await keepWaitingNewcomer(environmentId, tx, playerId, codeHash)
  // Whoever else registered with the address did not read its letters.
  await removePendingOf(environmentId, tx, key)
  return true
}

/**
 * Makes the account of a registration whose code has come back, and signs it in. A name that another player has taken
 * meanwhile gets digits behind it. Undefined when the code is none, or another account has proven the address.
 */
export async function confirmRegistration(ctx: Ctx, code: string) {
  const environmentId = environmentOf(ctx)
  const codeHash = hashCode(code)
  const pending = await findPending(environmentId, ctx.db, codeHash)
  if (pending === undefined) return undefined
  const wish = { name: pending.username, email: null }
  const made = await makePlayer(ctx, environmentId, wish, alongside(environmentId, codeHash)).catch(
    error => {
      const taken = asTaken(error)
      if (taken instanceof Problem && taken.code === 'email_taken') return undefined
      throw error
    },
  )
  if (made === undefined) return undefined
  return ctx.db.transaction(async tx => {
    const player = await findPlayer(environmentId, tx, made.id)
    if (player === undefined) throw new Problem('code_invalid')
    return {
      ...(await signIn(ctx, tx, player, { method: 'password' })),
      device_token: await rememberDevice(ctx, environmentId, tx, player.id),
    }
  })
}
