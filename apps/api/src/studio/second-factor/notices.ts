import type { Db } from '@aethex/shared/db'
import { type Ctx, memberOf } from '../../gateway/context.js'
import { findMember, sendNotice } from '../members/service.js'

const notices = {
  second_factor_on: {
    title: 'Your account asks for a second factor from now on',
    message: 'An authenticator app was set up. If it was not you, change your password at once.',
  },
  second_factor_off: {
    title: 'The second factor of your account was turned off',
    message: 'If it was not you, change your password at once and set the second factor up again.',
  },
  passkey_added: {
    title: 'A passkey was added to your account',
    message:
      'Whoever holds it signs in without a password. If it was not you, remove it at once and change your password.',
  },
} as const

/** Tells the caller by mail how signing in has changed: it may not have been them. */
export async function tellMember(ctx: Ctx, tx: Db, what: keyof typeof notices): Promise<void> {
  const member = await findMember(tx, memberOf(ctx).memberId)
  if (member !== undefined) await sendNotice(ctx, tx, member, notices[what])
}
