import type { ChatKind } from '@aethex/shared/chat'
import { type Db, statement } from '@aethex/shared/db'

// Never back, and never past the last message.
const mark = statement<{ number: number }>(
  'chat.mark',
  `INSERT INTO chat_mark AS k (environment_id, player_id, channel_key, number, updated_at)
   SELECT $1, $2, key, least($4::int, last_number), $5 FROM chat_channel WHERE environment_id = $1 AND key = $3
   ON CONFLICT (environment_id, player_id, channel_key) DO UPDATE
     SET number = greatest(k.number, excluded.number), updated_at = excluded.updated_at
   RETURNING number`,
)
const find = statement<{ number: number }>(
  'chat.find_mark',
  `SELECT number FROM chat_mark WHERE environment_id = $1 AND player_id = $2 AND channel_key = $3`,
)

export interface UnreadRow {
  key: string
  name: string
  kind: ChatKind
  read_number: number
  last_number: number
  unread: number
  mentions: number
}

const unread = statement<UnreadRow>(
  'chat.unread',
  `SELECT c.key, c.name, c.kind::text AS kind, k.number AS read_number, c.last_number, n.unread, n.mentions
   FROM chat_mark k
   JOIN chat_channel c ON c.environment_id = k.environment_id AND c.key = k.channel_key
   CROSS JOIN LATERAL (
     SELECT count(*)::int AS unread,
       (count(*) FILTER (WHERE m.mentions_all OR $2::uuid = ANY(m.mentions)))::int AS mentions
     FROM (SELECT mentions, mentions_all FROM chat_message
       WHERE environment_id = $1 AND channel_key = k.channel_key AND number > k.number AND deleted_by IS NULL
         AND author_id IS DISTINCT FROM $2::uuid AND (author_id IS NULL OR author_id <> ALL($3::uuid[]))
       ORDER BY number LIMIT 100) m) n
   WHERE k.environment_id = $1 AND k.player_id = $2 AND c.last_number > k.number AND n.unread > 0
   ORDER BY k.updated_at DESC LIMIT 200`,
)

/** How far the player has read; the farthest of all that was said. Undefined when nothing was said there yet. */
export const markRead = async (
  environmentId: string,
  db: Db,
  playerId: string,
  key: string,
  number: number,
  now: Date,
) => (await db.one(mark, [environmentId, playerId, key, number, now]))?.number

export const findMark = async (environmentId: string, db: Db, playerId: string, key: string) =>
  (await db.one(find, [environmentId, playerId, key]))?.number ?? 0

/** The channels on the player's list in which others have said something since; `hidden` leaves their words out. */
export const listUnread = (
  environmentId: string,
  db: Db,
  playerId: string,
  hidden: readonly string[],
) => db.all(unread, [environmentId, playerId, hidden])
