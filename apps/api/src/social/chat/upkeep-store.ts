import type { ChatKind } from '@aethex/shared/chat'
import { type Db, statement } from '@aethex/shared/db'

const environments = statement<{ environment_id: string }>(
  'chat.environments',
  'SELECT DISTINCT environment_id FROM chat_channel ORDER BY environment_id',
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

/** Environments in which something was ever said, of all tenants. */
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
