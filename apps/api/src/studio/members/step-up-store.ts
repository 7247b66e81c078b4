import { type Db, statement } from '@aethex/shared/db'

const find = statement<{ proved_at: Date; second_factor_at: Date | null }>(
  'member_step_up.find',
  'SELECT proved_at, second_factor_at FROM member_session WHERE id = $1 AND revoked_at IS NULL',
)
const renew = statement<never>(
  'member_step_up.renew',
  `UPDATE member_session SET proved_at = $2, second_factor_at = coalesce($3, second_factor_at)
   WHERE id = $1 AND revoked_at IS NULL`,
)
const forget = statement<never>(
  'member_step_up.forget',
  'UPDATE member_session SET second_factor_at = NULL WHERE member_id = $1',
)

/** What a session has proven, and when; undefined when it has ended. */
export const findMemberSessionProof = (db: Db, sessionId: string) => db.one(find, [sessionId])

export const renewMemberSessionProof = (
  tx: Db,
  sessionId: string,
  proved: { at: Date; secondFactorAt: Date | null },
) => tx.one(renew, [sessionId, proved.at, proved.secondFactorAt])

export const forgetSecondFactorOf = (tx: Db, memberId: string) => tx.one(forget, [memberId])
