import { type Db, statement } from '@aethex/shared/db'

const address = statement<{ email: string; verified_at: Date | null; updated_at: Date }>(
  'email_data.address',
  'SELECT email, verified_at, updated_at FROM player_email WHERE environment_id = $1 AND player_id = $2',
)
const codes = statement<{
  purpose: string
  created_at: Date
  expires_at: Date
  used_at: Date | null
}>(
  'email_data.codes',
  `SELECT purpose, created_at, expires_at, used_at FROM player_code
   WHERE environment_id = $1 AND player_id = $2 ORDER BY created_at`,
)
const letters = statement<{ template: string; created_at: Date; sent_at: Date | null }>(
  'email_data.letters',
  `SELECT template, created_at, sent_at FROM mail_outbox
   WHERE environment_id = $1 AND recipient_key = $2 ORDER BY created_at`,
)
// The letter that says that all is gone is the last, and leaves nothing behind by itself.
const eraseLettersOf = statement<{ id: string }>(
  'email_data.erase_letters',
  `DELETE FROM mail_outbox
   WHERE environment_id = $1 AND recipient_key = $2 AND template <> 'erasure_done' RETURNING id`,
)
const eraseCodes = statement<{ purpose: string }>(
  'email_data.erase_codes',
  'DELETE FROM player_code WHERE environment_id = $1 AND player_id = $2 RETURNING purpose',
)
const eraseAddressOf = statement<{ player_id: string }>(
  'email_data.erase_address',
  'DELETE FROM player_email WHERE environment_id = $1 AND player_id = $2 RETURNING player_id',
)

export const findAddress = (environmentId: string, db: Db, playerId: string) =>
  db.one(address, [environmentId, playerId])

/** Without the hashes. */
export const listCodes = (environmentId: string, db: Db, playerId: string) =>
  db.all(codes, [environmentId, playerId])

/** What was sent to a letter box within the last week. */
export const listLetters = (environmentId: string, db: Db, recipient: string) =>
  db.all(letters, [environmentId, recipient])

/** Answers how many there were, those on their way included. */
export const eraseLetters = async (environmentId: string, tx: Db, recipient: string) =>
  (await tx.all(eraseLettersOf, [environmentId, recipient])).length

/** Answers how many there were, by table. */
export async function eraseAddress(environmentId: string, tx: Db, playerId: string) {
  const player_code = (await tx.all(eraseCodes, [environmentId, playerId])).length
  const player_email = (await tx.all(eraseAddressOf, [environmentId, playerId])).length
  return { player_code, player_email }
}

/** The verified address of a player, if there is one: only that may be written to about what happened. */
export const addressOf = async (environmentId: string, db: Db, playerId: string) => {
  const found = await findAddress(environmentId, db, playerId)
  return found?.verified_at == null ? undefined : found.email
}
