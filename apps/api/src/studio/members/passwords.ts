import { audit } from '@aethex/shared/audit'
import { hashPassword, verifyPassword } from '@aethex/shared/auth'
import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { countingFailures } from '@aethex/shared/limits'
import { type Ctx, memberOf } from '../../gateway/context.js'
import { isNamedAfter } from '../../gateway/shapes.js'
import { emailKey } from '../../players/auth/service.js'
import { dropCodes } from './code-store.js'
import { peekCode, redeemCode, sendCode } from './codes.js'
import { inEvenTime } from './even-time.js'
import { guessBudgets } from './guess-budgets.js'
import { sendNotice } from './notices.js'
import { endMemberSessions, memberSessionsEnded } from './sessions.js'
import {
  findMember,
  findMemberByEmail,
  type MemberRow,
  markAddressVerified,
  setPasswordHash,
} from './store.js'

const evenMs = 120

/** Sends a code to who forgot their password. Answers alike, and as fast, for an address that nobody has. */
export async function forgotPassword(ctx: Ctx, email: string): Promise<void> {
  await inEvenTime(evenMs, () =>
    ctx.db.transaction(async tx => {
      const member = await findMemberByEmail(tx, emailKey(email))
      if (member !== undefined) await sendCode(ctx, tx, member, 'reset_password', member.email)
    }),
  )
}

function assertNotNamedAfter(password: string, { email, name }: MemberRow): void {
  if (!isNamedAfter(password, email, email.split('@')[0], name)) return
  const reason = 'is the e-mail or the name of the account'
  throw new Problem('invalid_request', {
    detail: `/password: ${reason}`,
    errors: [{ pointer: '/password', reason }],
  })
}

/** Replaces the password, ends sessions and open resets, and tells the owner. Answers the sessions it ended. */
async function replacePassword(
  ctx: Ctx,
  tx: Db,
  member: MemberRow,
  hash: string,
  how: { reason: string; except?: string },
): Promise<string[]> {
  await setPasswordHash(tx, member.id, hash)
  await dropCodes(tx, member.id, ['reset_password'])
  await sendNotice(ctx, tx, member, {
    title: 'Your password was changed',
    message:
      'The password of your studio account was changed, and its other sessions were ended.\n\n' +
      'If this was not you, set a new password at once with "Forgot password".',
  })
  return endMemberSessions(tx, member.id, how)
}

/** Sets a new password with a code from a letter. Every session of the member ends. Throws `code_invalid`. */
export async function resetPassword(ctx: Ctx, code: string, password: string): Promise<void> {
  // Looked at before the hashing, so that made-up codes cost nothing, and used up after it.
  const { member_id: memberId } = await peekCode(ctx, code, 'reset_password')
  const member = await findMember(ctx.db, memberId)
  if (member === undefined) throw new Problem('code_invalid')
  assertNotNamedAfter(password, member)
  const hash = await hashPassword(password)
  const ended = await ctx.db.transaction(async tx => {
    const { email } = await redeemCode(ctx, tx, code, 'reset_password')
    await markAddressVerified(tx, memberId, emailKey(email))
    await audit(tx, {
      actor: { kind: 'member', id: memberId },
      action: 'members.reset_password',
      target: memberId,
      requestId: ctx.requestId,
    })
    return replacePassword(ctx, tx, member, hash, { reason: 'password reset' })
  })
  memberSessionsEnded(ctx, ended)
}

/** Replaces the caller's password; their other sessions end. Throws `invalid_credentials`. */
export async function changePassword(
  ctx: Ctx,
  input: { current_password: string; password: string },
): Promise<void> {
  const { memberId, sessionId } = memberOf(ctx)
  const member = await findMember(ctx.db, memberId)
  if (member === undefined) throw new Problem('session_ended')
  assertNotNamedAfter(input.password, member)
  await countingFailures(ctx.limits, guessBudgets(ctx, member.email_key), async () => {
    if (!(await verifyPassword(member.password_hash, input.current_password))) {
      throw new Problem('invalid_credentials')
    }
  })
  const hash = await hashPassword(input.password)
  const ended = await ctx.db.transaction(async tx => {
    await audit(tx, {
      actor: { kind: 'member', id: memberId },
      action: 'members.change_password',
      target: memberId,
      requestId: ctx.requestId,
    })
    return replacePassword(ctx, tx, member, hash, {
      reason: 'password changed',
      except: sessionId,
    })
  })
  memberSessionsEnded(ctx, ended)
}
