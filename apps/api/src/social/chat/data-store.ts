import { type Db, statement } from '@aethex/shared/db'

export interface SaidRow {
  channel_key: string
  channel: string
  number: number
  text: string | null
  data: unknown
  created_at: Date
  edited_at: Date | null
}

const said = statement<SaidRow>(
  'chat.data_said',
  `SELECT m.channel_key, c.name AS channel, m.number, m.text, m.data, m.created_at, m.edited_at FROM chat_message m
   JOIN chat_channel c ON c.environment_id = m.environment_id AND c.key = m.channel_key
   WHERE m.environment_id = $1 AND m.author_id = $2 AND (m.channel_key, m.number) > ($3, $4)
   ORDER BY m.channel_key, m.number LIMIT 5000`,
)
const others = statement<{ marks: unknown; silenced: unknown; mutes: unknown; reports: unknown }>(
  'chat.data_others',
  `SELECT
     (SELECT coalesce(json_agg(json_build_object('channel', c.name, 'number', k.number, 'updated_at', k.updated_at)), '[]')
      FROM chat_mark k JOIN chat_channel c ON c.environment_id = k.environment_id AND c.key = k.channel_key
      WHERE k.environment_id = $1 AND k.player_id = $2) AS marks,
     (SELECT coalesce(json_agg(json_build_object('player_id', silenced_id, 'created_at', created_at)), '[]')
      FROM chat_silence WHERE environment_id = $1 AND player_id = $2) AS silenced,
     (SELECT coalesce(json_agg(json_build_object('channel', channel, 'reason', public_reason, 'created_at', created_at,
        'ends_at', ends_at)), '[]')
      FROM chat_mute WHERE environment_id = $1 AND player_id = $2) AS mutes,
     (SELECT coalesce(json_agg(json_build_object('channel', channel, 'number', number, 'reason', reason,
        'created_at', created_at)), '[]')
      FROM chat_report WHERE environment_id = $1 AND reporter_id = $2) AS reports`,
)

// Of two who talked to each other one is gone: what is left names them in its very name.
const dropDirect = statement<{ key: string }>(
  'chat.erase_direct',
  `DELETE FROM chat_channel WHERE environment_id = $1 AND kind = 'direct'
     AND key IN (SELECT channel_key FROM chat_mark WHERE environment_id = $1 AND player_id = $2
       UNION SELECT channel_key FROM chat_message WHERE environment_id = $1 AND author_id = $2) RETURNING key`,
)
const blank = statement<{ number: number }>(
  'chat.erase_messages',
  `UPDATE chat_message SET text = NULL, data = NULL, mentions = '{}', mentions_all = false, author_id = NULL,
     deleted_by = 'erased' WHERE environment_id = $1 AND author_id = $2 RETURNING number`,
)
const unmention = statement<{ number: number }>(
  'chat.erase_mentions',
  `UPDATE chat_message SET mentions = array_remove(mentions, $2::uuid)
   WHERE environment_id = $1 AND $2::uuid = ANY(mentions) RETURNING number`,
)
const dropMarks = statement<{ channel_key: string }>(
  'chat.erase_marks',
  'DELETE FROM chat_mark WHERE environment_id = $1 AND player_id = $2 RETURNING channel_key',
)
const dropSilences = statement<{ player_id: string }>(
  'chat.erase_silences',
  `DELETE FROM chat_silence WHERE environment_id = $1 AND (player_id = $2 OR silenced_id = $2)
   RETURNING player_id`,
)
const dropMutes = statement<{ id: string }>(
  'chat.erase_mutes',
  'DELETE FROM chat_mute WHERE environment_id = $1 AND player_id = $2 RETURNING id',
)
const dropReports = statement<{ id: string }>(
  'chat.erase_reports',
  `DELETE FROM chat_report WHERE environment_id = $1 AND (reporter_id = $2 OR reported_id = $2
     OR channel LIKE 'chat.direct.%' || $2::text || '%') RETURNING id`,
)
const blankContext = statement<{ id: string }>(
  'chat.erase_context',
  `UPDATE chat_report r SET context = (
     SELECT jsonb_agg(CASE WHEN e->>'player_id' = $2::text
       THEN e || '{"player_id": null, "username": null, "text": null}' ELSE e END)
     FROM jsonb_array_elements(r.context) e)
   WHERE environment_id = $1 AND context @> jsonb_build_array(jsonb_build_object('player_id', $2::text))
   RETURNING id`,
)

/** What the player has said, in pieces. */
export async function* allSaid(environmentId: string, db: Db, playerId: string) {
  for (let last: SaidRow | undefined; ; ) {
    const from = [last?.channel_key ?? '', last?.number ?? 0]
    const rows: SaidRow[] = await db.all(said, [environmentId, playerId, ...from])
    yield* rows
    last = rows.at(-1)
    if (last === undefined) return
  }
}

/** What else is kept of the player, as JSON. */
export const otherChatData = (environmentId: string, db: Db, playerId: string) =>
  db.one(others, [environmentId, playerId])

/** Forgets the player in every table of chat; answers how many rows that were, by table. */
export async function eraseChat(environmentId: string, db: Db, playerId: string) {
  const of = [environmentId, playerId]
  return db.transaction(async tx => {
    const direct = await tx.all(dropDirect, of)
    const messages = await tx.all(blank, of)
    const mentions = await tx.all(unmention, of)
    const marks = await tx.all(dropMarks, of)
    const silences = await tx.all(dropSilences, of)
    const mutes = await tx.all(dropMutes, of)
    const reports = await tx.all(dropReports, of)
    const contexts = await tx.all(blankContext, of)
    return {
      chat_channel: direct.length,
      chat_message: messages.length + mentions.length,
      chat_mark: marks.length,
      chat_silence: silences.length,
      chat_mute: mutes.length,
      chat_report: reports.length + contexts.length,
    }
  })
}
