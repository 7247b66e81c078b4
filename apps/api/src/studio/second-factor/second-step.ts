import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { closePending, proveFactor, tryPending } from '@aethex/shared/second-factor'
import type { z } from 'zod'
import { type Ctx, memberOf } from '../../gateway/context.js'
import {
  assertMemberPassword,
  assertOneMemberFactorIsEnough,
  findMember,
  renewMemberProof,
  signInMember,
} from '../members/service.js'
import { provePasskey } from './passkeys.js'
import type { Reauthentication, SecondStep } from './schema.js'
import { factors } from './store.js'

/** Goes on with a login whose first factor was right, as for players. */
export async function completeLogin(ctx: Ctx, step: z.output<typeof SecondStep>) {
  const { mfa_token: token, passkey, ...code } = step
  const { accountId, method } = await tryPending(ctx.redis, 'studio', token, ctx.now())
  const member = await findMember(ctx.db, accountId)
  if (member === undefined) throw new Problem('mfa_token_invalid')
  // The token is used up last: when that fails, the code is not spent and there is no session.
  const proceed = async (tx: Db) => {
    const proof = {
      method: method === 'passkey' ? ('passkey' as const) : ('password' as const),
      secondFactorAt: ctx.now(),
    }
    const signedIn = await signInMember(ctx, tx, member, proof)
    await closePending(ctx.redis, 'studio', token)
    return signedIn
  }
  if (passkey === undefined) return proveFactor(ctx, factors, [member.id], code, proceed)
  const shown = await provePasskey(ctx, passkey)
  // One and the same key shown twice is one factor still.
  const isSecond = shown?.userVerified === true || method !== 'passkey'
  if (shown?.memberId !== member.id || !isSecond) throw new Problem('second_factor_invalid')
  return ctx.db.transaction(proceed)
}

/** Proves anew who the caller is, for the next ten minutes, as for players. */
export async function reauthenticate(ctx: Ctx, proof: z.output<typeof Reauthentication>) {
  const { password, code, passkey } = proof
  const { memberId } = memberOf(ctx)
  const renew = async (tx: Db, withSecondFactor: boolean) => ({
    fresh_until: (await renewMemberProof(ctx, tx, { withSecondFactor })).toISOString(),
  })
  if (code !== undefined) {
    return proveFactor(ctx, factors, [memberId], { code }, tx => renew(tx, true))
  }
  if (password !== undefined) {
    await assertOneMemberFactorIsEnough(ctx)
    await assertMemberPassword(ctx, password)
    return renew(ctx.db, false)
  }
  const shown = passkey && (await provePasskey(ctx, passkey))
  if (shown?.memberId !== memberId) throw new Problem('second_factor_invalid')
  if (!shown.userVerified) await assertOneMemberFactorIsEnough(ctx)
  return renew(ctx.db, shown.userVerified)
}
