import { createHash } from 'node:crypto'
import { hashPassword, verifyPassword } from '@aethex/shared/auth'
import { violatedConstraint } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { countingFailures } from '@aethex/shared/limits'
import { v7 as uuidv7 } from 'uuid'
import type { Ctx } from '../../gateway/context.js'
import { emailKey } from '../../players/auth/service.js'
import { openMemberSession } from './sessions.js'
import { addMember, findMemberByEmail, type MemberRow } from './store.js'

export { assertMemberSession, logoutMember, refreshMemberSession } from './sessions.js'

const perAccount = { name: 'studio-login-account', quota: 10, windowSeconds: 900 }
const perAddress = { name: 'studio-login-address', quota: 50, windowSeconds: 600 }

const toMember = ({ id, email, name, created_at }: MemberRow) => ({
  id,
  email,
  name,
  created_at: created_at.toISOString(),
})

/** Makes a studio account and signs it in. Throws `email_taken`. */
export async function signUp(ctx: Ctx, input: { email: string; password: string; name: string }) {
  const email = input.email.trim()
  const hash = await hashPassword(input.password)
  const member = await addMember(ctx.db, {
    id: uuidv7(),
    email,
    emailKey: emailKey(email),
    name: input.name,
    hash,
  }).catch(error => {
    throw violatedConstraint(error) === 'member_email_key_key' ? new Problem('email_taken') : error
  })
  return { member: toMember(member), session: await openMemberSession(ctx, member.id) }
}

/** Signs a member in. The answer and its time are the same for an unknown e-mail. */
export async function loginMember(ctx: Ctx, input: { email: string; password: string }) {
  const key = emailKey(input.email)
  const account = createHash('sha256').update(key).digest('base64url')
  const budgets = [
    [perAccount, account],
    [perAddress, ctx.address],
  ] as const
  const member = await countingFailures(ctx.limits, budgets, async () => {
    const found = await findMemberByEmail(ctx.db, key)
    const fits = await verifyPassword(found?.password_hash, input.password)
    if (!fits || found === null) throw new Problem('invalid_credentials')
    return found
  })
  return { member: toMember(member), session: await openMemberSession(ctx, member.id) }
}
