import { type Db, statement } from '@aethex/shared/db'

const gameName = statement<{ name: string }>(
  'player_mail.game_name',
  'SELECT p.name FROM environment e JOIN project p ON p.id = e.project_id WHERE e.id = $1',
)
const localeOf = statement<{ locale: string | null }>(
  'player_mail.locale_of',
  `SELECT p.locale FROM player_email m
   JOIN player p ON p.environment_id = m.environment_id AND p.id = m.player_id
   WHERE m.environment_id = $1 AND m.email_key = $2`,
)
// Kept a week for whoever asks what was sent; the hourly limit counts an hour.
const sweep = statement<never>(
  'player_mail.sweep',
  `DELETE FROM mail_outbox WHERE created_at < now() - interval '7 days'
     AND (sent_at IS NOT NULL OR failed_at IS NOT NULL)`,
)

/** The name of the project that the environment belongs to. */
export const findGameName = async (environmentId: string, db: Db) =>
  (await db.one(gameName, [environmentId]))?.name

/** The language that the player of an address has chosen, if any. */
export const findReaderLocale = async (environmentId: string, db: Db, emailKey: string) =>
  (await db.one(localeOf, [environmentId, emailKey]))?.locale ?? undefined

/** Letters of all tenants that were sent, or given up, and are a week old. */
export const forgetOldLetters = (db: Db) => db.all(sweep, [])
