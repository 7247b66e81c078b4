import type { ChatKind } from '@aethex/shared/chat'
import { type Db, statement } from '@aethex/shared/db'

const environments = statement<{ environment_id: string }>(
  'chat.environments',
  `SELECT environment_id FROM chat_channel UNION SELECT environment_id FROM chat_report
   ORDER BY environment_id`,
)
const removeOld = statement<{ number: number }>(
  'chat.remove_old',
  `DELETE FROM chat_message m USING (
     SELECT o.channel_key, o.number FROM chat_message o
     JOIN chat_channel c ON c.environment_id = o.environment_id AND c.key = o.channel_key
     WHERE o.environment_id = $1 AND o.created_at < $3 AND c.kind = $2::chat_kind
     ORDER BY o.created_at LIMIT $4) old
   WHERE m.environment_id = $1 AND m.channel_key = old.channel_key AND m.number = old.number
   RETURNING m.number`,
)
// The moment is asked for again of the row that is deleted: who speaks meanwhile keeps the channel, and the message.
const removeQuiet = statement<{ key: string }>(
  'chat.remove_quiet',
  `DELETE FROM chat_channel c USING (
     SELECT q.key FROM chat_channel q WHERE q.environment_id = $1 AND q.kind = $2::chat_kind AND q.spoken_at < $3
       AND NOT EXISTS (SELECT FROM chat_message m WHERE m.environment_id = $1 AND m.channel_key = q.key)
     LIMIT $4) quiet
   WHERE c.environment_id = $1 AND c.key = quiet.key AND c.spoken_at < $3 RETURNING c.key`,
)
const removeReports = statement<{ id: string }>(
  'chat.remove_reports',
  `DELETE FROM chat_report WHERE environment_id = $1 AND id IN (
     SELECT id FROM chat_report WHERE environment_id = $1 AND created_at < $2 ORDER BY created_at LIMIT $3)
   RETURNING id`,
)

/** Environments in which something was said or reported, of all tenants. */
export const environmentsWithChat = async (db: Db) =>
  (await db.all(environments, [])).map(row => row.environment_id)

/** Answers how many there were, at most `limit`. */
export const removeMessagesBefore = async (
  environmentId: string,
  db: Db,
  kind: ChatKind,
  before: Date,
  limit: number,
) => (await db.all(removeOld, [environmentId, kind, before, limit])).length

/** Channels in which nothing was said since, and of which no message is left; with them the marks of their readers. */
export const removeChannelsQuietSince = async (
  environmentId: string,
  db: Db,
  kind: ChatKind,
  since: Date,
  limit: number,
) => (await db.all(removeQuiet, [environmentId, kind, since, limit])).length

export const removeReportsBefore = async (
  environmentId: string,
  db: Db,
  before: Date,
  limit: number,
) => (await db.all(removeReports, [environmentId, before, limit])).length
