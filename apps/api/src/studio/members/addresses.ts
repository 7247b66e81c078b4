import { audit } from '@aethex/shared/audit'
import { type Db, violatedConstraint } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { auditActorOf, type Ctx, memberOf } from '../../gateway/context.js'
import { emailKey } from '../../players/auth/service.js'
import { type CodeRow, dropCodes } from './code-store.js'
import { redeemCode, sendCode } from './codes.js'
import { sendNotice } from './notices.js'
import { assertFreshMemberProof } from './step-up.js'
import {
  findMember,
  findMemberByEmail,
  type MemberRow,
  markAddressVerified,
  setMemberAddress,
} from './store.js'

async function self(ctx: Ctx): Promise<MemberRow> {
  const member = await findMember(ctx.db, memberOf(ctx).memberId)
  if (member === undefined) throw new Problem('session_ended')
  return member
}

const writeDown = (ctx: Ctx, tx: Db, action: string) =>
  audit(tx, {
    actor: auditActorOf(ctx),
    action,
    target: memberOf(ctx).memberId,
    requestId: ctx.requestId,
  })

/** Sends the caller a code to verify their address, unless it is verified. */
export async function requestVerification(ctx: Ctx): Promise<void> {
  const member = await self(ctx)
  if (member.email_verified_at !== null) return
  await ctx.db.transaction(async tx => {
    await sendCode(ctx, tx, member, 'verify_email', member.email)
    await writeDown(ctx, tx, 'members.request_verification')
  })
}

/** The 409 behind a unique violation; other errors come back unchanged. */
export const asEmailTaken = (error: unknown): unknown =>
  violatedConstraint(error) === 'member_email_key_key' ? new Problem('email_taken') : error

/** Sends a code to the address that the caller wants to have. The account keeps its own until that is verified. */
export async function changeEmail(ctx: Ctx, email: string): Promise<void> {
  await assertFreshMemberProof(ctx)
  const member = await self(ctx)
  const owner = await findMemberByEmail(ctx.db, emailKey(email))
  if (owner !== undefined && owner.id !== member.id) throw new Problem('email_taken')
  await ctx.db.transaction(async tx => {
    await sendCode(ctx, tx, member, 'change_email', email.trim())
    await writeDown(ctx, tx, 'members.change_email')
    await sendNotice(ctx, tx, member, {
      title: 'Another e-mail address was asked for',
      message:
        'Somebody signed in to your studio account asked to change its e-mail address. ' +
        'It changes once the new one is verified.\n\n' +
        'If this was not you, change your password at once: that ends every other session.',
    })
  })
}

async function moveTo(ctx: Ctx, tx: Db, { member_id: memberId, email }: CodeRow): Promise<void> {
  const member = await findMember(tx, memberId)
  if (member === undefined) throw new Problem('code_invalid')
  await setMemberAddress(tx, memberId, { email, emailKey: emailKey(email) })
  // Codes on their way to the old address must not open an account that has left it.
  await dropCodes(tx, memberId, ['reset_password', 'verify_email'])
  await sendNotice(ctx, tx, member, {
    title: 'Your e-mail address was changed',
    message:
      'This is no longer the e-mail address of your studio account.\n\n' +
      'If this was not you, write to the support at once.',
  })
}

/** Takes the code of a letter as proof of its address. Throws `code_invalid`, or `email_taken` for a new address. */
export async function verifyEmail(ctx: Ctx, code: string): Promise<void> {
  try {
    await ctx.db.transaction(async tx => {
      const used = await redeemCode(ctx, tx, code, 'verify_email', 'change_email')
      if (used.purpose === 'change_email') await moveTo(ctx, tx, used)
      else if (!(await markAddressVerified(tx, used.member_id, emailKey(used.email)))) {
        throw new Problem('code_invalid')
      }
      await audit(tx, {
        actor: { kind: 'member', id: used.member_id },
        action: 'members.verify_email',
        target: used.member_id,
        details: { purpose: used.purpose },
        requestId: ctx.requestId,
      })
    })
  } catch (error) {
    throw asEmailTaken(error)
  }
}
