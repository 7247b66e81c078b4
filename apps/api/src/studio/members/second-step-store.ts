import { type Db, statement } from '@aethex/shared/db'

const find = statement<{ totp: boolean; recovery_code: boolean; passkey: boolean }>(
  'member_second_step.find',
  `SELECT
     EXISTS (SELECT FROM member_totp WHERE member_id = $1 AND confirmed_at IS NOT NULL) AS totp,
     EXISTS (SELECT FROM member_recovery_code WHERE member_id = $1 AND used_at IS NULL) AS recovery_code,
     EXISTS (SELECT FROM member_passkey WHERE member_id = $1) AS passkey`,
)

/** Which second factors a member has. */
export const findMemberFactors = async (db: Db, memberId: string) =>
  (await db.one(find, [memberId])) ?? { totp: false, recovery_code: false, passkey: false }
