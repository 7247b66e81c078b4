import { ChatMessage } from '@aethex/shared/chat'
import { z } from 'zod'
import { id, playerId, replyTo } from './atoms.js'

const channel = z
  .string()
  .max(200)
  .describe(
    'the exact name of a channel, such as chat.midgard.public; only moderators listen to chat.>',
  )

/** Chat goes in through the API and comes out here, to those who have subscribed to its channel. */
export const chatMessages = {
  client: {
    chat_subscribe: z
      .strictObject({ type: z.literal('chat_subscribe'), id, channel })
      .describe(
        'A channel of a group or a party wants to be read over HTTP within the minute before.',
      ),
    chat_unsubscribe: z.strictObject({ type: z.literal('chat_unsubscribe'), id, channel }),
  },
  server: {
    chat_subscribed: z
      .strictObject({ type: z.literal('chat_subscribed'), reply_to: replyTo, channel })
      .describe('From here on nothing of the channel is missed without a chat_gap.'),
    chat_unsubscribed: z.strictObject({
      type: z.literal('chat_unsubscribed'),
      reply_to: replyTo,
      channel,
    }),
    chat_message: z.strictObject({ type: z.literal('chat_message'), message: ChatMessage }),
    chat_changed: z
      .strictObject({ type: z.literal('chat_changed'), message: ChatMessage })
      .describe('A message was edited, or deleted: then its text is null.'),
    chat_skipped: z
      .strictObject({ type: z.literal('chat_skipped'), channel, change: z.int() })
      .describe(
        'A change of the channel that this player does not see; the numbers go on behind it.',
      ),
    chat_typing: z.strictObject({
      type: z.literal('chat_typing'),
      channel,
      player_id: playerId,
      username: z.string(),
    }),
    chat_read: z
      .strictObject({
        type: z.literal('chat_read'),
        channel,
        player_id: playerId,
        number: z.int(),
      })
      .describe('A player has read up to there, in a direct channel or a party.'),
    chat_gap: z
      .strictObject({
        type: z.literal('chat_gap'),
        channel,
        after: z.int().nullable().describe('the last change that was told here; null before any'),
      })
      .describe('Something may be missing behind that change; the history has it.'),
    chat_closed: z
      .strictObject({ type: z.literal('chat_closed'), channel })
      .describe('The subscription is over: the player may not read the channel any more.'),
  },
}
