import { z } from 'zod'
import { tellTopic } from '../bus/index.js'
import type { Redis } from '../redis/index.js'

/** A message as everybody sees it who may. */
export const ChatMessage = z.strictObject({
  channel: z.string(),
  /** 1, 2, 3 … within its channel. */
  number: z.int(),
  /** Counts whatever happens in the channel: new messages, edits, deletions. It is that of the last one of these. */
  change: z.int(),
  /** Null when the studio speaks, or when the author's account is gone. */
  from: z.strictObject({ player_id: z.uuid(), username: z.string() }).nullable(),
  by: z.enum(['player', 'studio']),
  /** Plain text; null when deleted. */
  text: z.string().nullable(),
  /** Whatever the game sent along, such as a linked item. */
  data: z.record(z.string(), z.unknown()).nullable(),
  reply_to: z.int().nullable(),
  /** Players whom the text names and who may read it. */
  mentions: z.array(z.uuid()),
  mentions_all: z.boolean(),
  created_at: z.iso.datetime(),
  edited_at: z.iso.datetime().nullable(),
  /** By whom: the author, a moderator, or because the author's account was erased. */
  deleted: z.enum(['author', 'moderator', 'erased']).nullable(),
})
export type ChatMessage = z.infer<typeof ChatMessage>

/** Who is told: those of `only`, or all who listen; never those whom `hidden_from` names. */
const audience = {
  channel: z.string(),
  only: z.array(z.string()).optional(),
  hidden_from: z.array(z.string()).optional(),
}

/** What is told on a channel's topic. Everybody is judged when it is told, so whoever was sent away hears no more. */
export const ChatEvent = z.discriminatedUnion('type', [
  z.object({ ...audience, type: z.literal('message'), message: ChatMessage }),
  z.object({ ...audience, type: z.literal('changed'), message: ChatMessage }),
  z.object({
    ...audience,
    type: z.literal('typing'),
    player_id: z.uuid(),
    username: z.string(),
  }),
  z.object({ ...audience, type: z.literal('read'), player_id: z.uuid(), number: z.int() }),
  /** Something could not be told at its time: whoever wants all looks into the history. */
  z.object({ ...audience, type: z.literal('missed') }),
])
export type ChatEvent = z.infer<typeof ChatEvent>

/** False when it may have reached nobody. */
export const tellChat = (redis: Redis, environmentId: string, event: ChatEvent): Promise<boolean> =>
  tellTopic(redis, environmentId, event.channel, JSON.stringify(event))

/** Undefined for what a newer process may tell, and this one does not know yet. */
export function readChatEvent(text: string): ChatEvent | undefined {
  const { success, data } = ChatEvent.safeParse(JSON.parse(text))
  return success ? data : undefined
}
