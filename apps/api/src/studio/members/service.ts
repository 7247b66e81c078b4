import { hashPassword, verifyPassword } from '@aethex/shared/auth'
import { Problem } from '@aethex/shared/errors'
import { countingFailures } from '@aethex/shared/limits'
import { v7 as uuidv7 } from 'uuid'
import type { Ctx } from '../../gateway/context.js'
import { emailKey } from '../../players/auth/service.js'
import { asEmailTaken } from './addresses.js'
import { sendCode } from './codes.js'
import { guessBudgets } from './guess-budgets.js'
import { toMember } from './profile.js'
import { openMemberSession } from './sessions.js'
import { signInMember } from './sign-in.js'
import { addMember, findMemberByEmail } from './store.js'

export { asEmailTaken, changeEmail, requestVerification, verifyEmail } from './addresses.js'
export { hashCode, mintCode } from './codes.js'
export { sendNotice } from './notices.js'
export { changePassword, forgotPassword, resetPassword } from './passwords.js'
export { eraseMember, readMe, writeMe } from './profile.js'
export {
  assertLiveMemberSession,
  assertMemberSession,
  endMemberSessionOf,
  endOtherMemberSessions,
  listMemberSessions,
  logoutMember,
  memberSessionsEnded,
  refreshMemberSession,
} from './sessions.js'
export { signInMember } from './sign-in.js'
export {
  assertFreshMemberProof,
  assertMemberPassword,
  assertOneMemberFactorIsEnough,
  forgetSecondFactor,
  renewMemberProof,
} from './step-up.js'
export { findMember, markAddressVerified } from './store.js'

/** Makes a studio account, signs it in, and sends a letter to verify its address. Throws `email_taken`. */
export async function signUp(ctx: Ctx, input: { email: string; password: string; name: string }) {
  const email = input.email.trim()
  const hash = await hashPassword(input.password)
  const newcomer = { id: uuidv7(), email, emailKey: emailKey(email), name: input.name, hash }
  try {
    return await ctx.db.transaction(async tx => {
      const member = await addMember(tx, newcomer)
      await sendCode(ctx, tx, member, 'verify_email', email)
      return { member: toMember(member), session: await openMemberSession(ctx, member.id, tx) }
    })
  } catch (error) {
    throw asEmailTaken(error)
  }
}

/** Signs a member in. The answer and its time are the same for an unknown e-mail. */
export async function loginMember(ctx: Ctx, input: { email: string; password: string }) {
  const key = emailKey(input.email)
  const member = await countingFailures(ctx.limits, guessBudgets(ctx, key), async () => {
    const found = await findMemberByEmail(ctx.db, key)
    const fits = await verifyPassword(found?.password_hash, input.password)
    if (!fits || found === undefined) throw new Problem('invalid_credentials')
    return found
  })
  return signInMember(ctx, ctx.db, member, { method: 'password' })
}
