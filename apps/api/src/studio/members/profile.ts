import { audit } from '@aethex/shared/audit'
import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { type Ctx, memberOf } from '../../gateway/context.js'
import { dropCodes } from './code-store.js'
import { endMemberSessions } from './sessions.js'
import { findMember, forgetMember, type MemberRow, renameMemberRow } from './store.js'

/** A member as they see themselves. */
export const toMember = (row: MemberRow) => ({
  id: row.id,
  email: row.email,
  email_verified: row.email_verified_at !== null,
  name: row.name,
  created_at: row.created_at.toISOString(),
})

export async function readMe(ctx: Ctx) {
  const member = await findMember(ctx.db, memberOf(ctx).memberId)
  if (member === undefined) throw new Problem('session_ended')
  return { member: toMember(member) }
}

export async function writeMe(ctx: Ctx, change: { name?: string | undefined }) {
  const { name } = change
  if (name === undefined) return readMe(ctx)
  const { memberId } = memberOf(ctx)
  return ctx.db.transaction(async tx => {
    const member = await renameMemberRow(tx, memberId, name)
    if (member === undefined) throw new Problem('session_ended')
    await audit(tx, {
      actor: { kind: 'member', id: memberId },
      action: 'members.write_me',
      target: memberId,
      requestId: ctx.requestId,
    })
    return { member: toMember(member) }
  })
}

/** Takes name, address, password and sessions from a member. Once committed, hand the answer to `memberSessionsEnded`. */
export async function eraseMember(tx: Db, memberId: string): Promise<string[]> {
  await dropCodes(tx, memberId, ['verify_email', 'change_email', 'reset_password'])
  await forgetMember(tx, memberId)
  return endMemberSessions(tx, memberId, { reason: 'account deleted' })
}
