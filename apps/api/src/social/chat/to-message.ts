import type { ChatMessage } from '@aethex/shared/chat'
import type { MessageRow } from './store.js'

/** A row as everybody sees it. */
export const toMessage = (channel: string, row: MessageRow): ChatMessage => ({
  channel,
  number: row.number,
  change: row.change,
  from:
    row.author_id === null || row.username === null
      ? null
      : { player_id: row.author_id, username: row.username },
  by: row.voice,
  text: row.text,
  data: row.data,
  reply_to: row.reply_to,
  mentions: row.mentions,
  mentions_all: row.mentions_all,
  created_at: row.created_at.toISOString(),
  edited_at: row.edited_at?.toISOString() ?? null,
  deleted: row.deleted_by,
})
