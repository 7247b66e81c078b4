import type { ChatKind, ChatMessage } from '@aethex/shared/chat'
import { type Db, statement } from '@aethex/shared/db'

export interface MessageRow {
  number: number
  change: number
  author_id: string | null
  username: string | null
  voice: 'player' | 'studio'
  text: string | null
  data: Record<string, unknown> | null
  reply_to: number | null
  mentions: string[]
  mentions_all: boolean
  created_at: Date
  edited_at: Date | null
  deleted_by: NonNullable<ChatMessage['deleted']> | null
}

export interface ChannelRow {
  name: string
  kind: ChatKind
  last_number: number
  last_change: number
}

const columns = `m.number, m.change, m.author_id, p.username, m.voice::text AS voice, m.text, m.data, m.reply_to,
  m.mentions, m.mentions_all, m.created_at, m.edited_at, m.deleted_by::text AS deleted_by`
const joined = `chat_message m LEFT JOIN player p
  ON p.environment_id = m.environment_id AND p.id = m.author_id`
const inChannel = 'm.environment_id = $1 AND m.channel_key = $2'
const shown = '(m.author_id IS NULL OR m.author_id <> ALL($5::uuid[]))'

// The row of the channel is held until the transaction ends: numbers and changes are seen in their order, without holes.
const append = statement<{ number: number; change: number }>(
  'chat.append',
  `WITH numbered AS (
     INSERT INTO chat_channel AS c (environment_id, key, name, kind, last_number, last_change, created_at, spoken_at)
     VALUES ($1, $2, $3, $4::chat_kind, 1, 1, $5, $5)
     ON CONFLICT (environment_id, key) DO UPDATE
       SET name = excluded.name, last_number = c.last_number + 1, last_change = c.last_change + 1,
         spoken_at = excluded.spoken_at
     RETURNING last_number, last_change)
   INSERT INTO chat_message (environment_id, channel_key, number, change, author_id, voice, text, data, reply_to,
     mentions, mentions_all, created_at)
   SELECT $1, $2, last_number, last_change, $6, $7::chat_voice, $8, $9, $10, $11::uuid[], $12, $5 FROM numbered
   RETURNING number, change`,
)
const channel = statement<ChannelRow>(
  'chat.channel',
  `SELECT name, kind::text AS kind, last_number, last_change FROM chat_channel
   WHERE environment_id = $1 AND key = $2`,
)
const holdChannel = statement<ChannelRow>(
  'chat.hold_channel',
  `SELECT name, kind::text AS kind, last_number, last_change FROM chat_channel
   WHERE environment_id = $1 AND key = $2 FOR UPDATE`,
)
const one = statement<MessageRow>(
  'chat.message',
  `SELECT ${columns} FROM ${joined} WHERE ${inChannel} AND m.number = $3`,
)
const before = statement<MessageRow>(
  'chat.before',
  `SELECT ${columns} FROM ${joined}
   WHERE ${inChannel} AND m.number < $3 AND ${shown} ORDER BY m.number DESC LIMIT $4`,
)
const after = statement<MessageRow>(
  'chat.after',
  `SELECT ${columns} FROM ${joined}
   WHERE ${inChannel} AND m.number > $3 AND ${shown} ORDER BY m.number LIMIT $4`,
)
const changed = statement<MessageRow>(
  'chat.changed',
  `SELECT ${columns} FROM ${joined}
   WHERE ${inChannel} AND m.change > $3 AND ${shown} ORDER BY m.change LIMIT $4`,
)
const nextChange = `UPDATE chat_channel SET last_change = last_change + 1
  WHERE environment_id = $1 AND key = $2 RETURNING last_change`
const edit = statement<{ change: number }>(
  'chat.edit',
  `WITH c AS (${nextChange})
   UPDATE chat_message m SET text = $4, mentions = $5::uuid[], edited_at = $6, change = c.last_change FROM c
   WHERE ${inChannel} AND m.number = $3 RETURNING m.change`,
)
const remove = statement<{ change: number }>(
  'chat.remove',
  `WITH c AS (${nextChange})
   UPDATE chat_message m SET text = NULL, data = NULL, mentions = '{}', mentions_all = false,
     deleted_by = $4::chat_deletion, change = c.last_change FROM c
   WHERE ${inChannel} AND m.number = $3 RETURNING m.change`,
)

/** Where a message is written: the channel's key, its name and its kind. */
export interface Spot {
  key: string
  name: string
  kind: ChatKind
}

export interface NewRow {
  authorId: string | null
  voice: MessageRow['voice']
  text: string
  data: Record<string, unknown> | null
  replyTo: number | null
  mentions: readonly string[]
  mentionsAll: boolean
  now: Date
}

/** Writes a message behind the last one of its channel, which it holds until the transaction ends. */
export async function appendMessage(environmentId: string, tx: Db, spot: Spot, row: NewRow) {
  const written = await tx.one(append, [
    environmentId,
    spot.key,
    spot.name,
    spot.kind,
    row.now,
    row.authorId,
    row.voice,
    row.text,
    row.data === null ? null : JSON.stringify(row.data),
    row.replyTo,
    row.mentions,
    row.mentionsAll,
  ])
  if (written === undefined) throw new Error('the message was not written')
  return written
}

export const findChannel = (environmentId: string, db: Db, key: string) =>
  db.one(channel, [environmentId, key])

/** Nobody else writes in the channel until the transaction ends. Undefined when nothing was ever said there. */
export const holdChannelRow = (environmentId: string, tx: Db, key: string) =>
  tx.one(holdChannel, [environmentId, key])

export const findMessage = (environmentId: string, db: Db, key: string, number: number) =>
  db.one(one, [environmentId, key, number])

/** Which way a page of the history goes, and from where. */
export interface Cut {
  way: 'before' | 'after' | 'changes'
  from: number
  limit: number
  /** Whose messages are left out. */
  hidden: readonly string[]
}

const cuts = { before, after, changes: changed }

export const listMessages = (environmentId: string, db: Db, key: string, cut: Cut) =>
  db.all(cuts[cut.way], [environmentId, key, cut.from, cut.limit, cut.hidden])

/** Undefined when there is no such message. */
export const editMessageRow = (
  environmentId: string,
  tx: Db,
  key: string,
  number: number,
  to: { text: string; mentions: readonly string[]; now: Date },
) => tx.one(edit, [environmentId, key, number, to.text, to.mentions, to.now])

export const removeMessageRow = (
  environmentId: string,
  tx: Db,
  key: string,
  number: number,
  by: NonNullable<ChatMessage['deleted']>,
) => tx.one(remove, [environmentId, key, number, by])
