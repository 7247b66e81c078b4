import { createHash } from 'node:crypto'
import type { ChatMessage } from '@aethex/shared/chat'
import { type Db, once } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import type { Claim } from '@aethex/shared/limits'
import type { z } from 'zod'
import { type Ctx, playerOf } from '../../gateway/context.js'
import { hearsOf, tellStudio } from '../../studio/webhooks/service.js'
import { isBlockedBetween } from '../friends/service.js'
import { assertNotMuted, type FilterRules, filterOf, filterWords } from '../speech/service.js'
import { hiddenFrom } from './hidden.js'
import { markRead } from './mark-store.js'
import { mentionsIn } from './mentions.js'
import { isOpenAccount } from './people-store.js'
import { mayChat } from './permission.js'
import { type Place, placeOf } from './place.js'
import { reportByFilter } from './report.js'
import { rulesOf } from './rules.js'
import type { NewMessage } from './schema.js'
import type { chatRules } from './settings.js'
import { appendMessage, findMessage } from './store.js'
import { tell, tellFormerName } from './tell.js'
import { toMessage } from './to-message.js'

type Rules = z.output<(typeof chatRules)['shape']>

/** How fast a player may write: in all, the same again, and in a slow channel. */
function claimsOf(
  rules: Rules,
  environmentId: string,
  playerId: string,
  place: Place,
  text: string,
) {
  const who = `${environmentId}:${playerId}`
  const same = createHash('sha256').update(text.toLowerCase()).digest('base64url')
  const slow = rules.slow_channels[place.name] ?? rules.slow_mode_seconds[place.kind]
  const claims: Claim[] = [
    [{ name: 'chat', quota: rules.messages_per_ten_seconds, windowSeconds: 10 }, who],
    [
      { name: 'chat-repeat', quota: rules.repeats_per_minute, windowSeconds: 60 },
      `${who}:${same.slice(0, 22)}`,
    ],
  ]
  if (slow > 0) {
    claims.push([{ name: 'chat-slow', quota: 1, windowSeconds: slow }, `${who}:${place.key}`])
  }
  return claims
}

/** The text as it may stand there, and whether somebody should look at it. Throws what keeps it from being sent. */
export function admitText(text: string, rules: Rules, filter: FilterRules) {
  if ([...text].length > rules.max_length) {
    const reason = `is longer than ${rules.max_length} characters`
    throw new Problem('invalid_request', {
      detail: `/text: ${reason}`,
      errors: [{ pointer: '/text', reason }],
    })
  }
  const filtered = filterWords(text, filter)
  if (!filtered.found) return { text, isFlagged: false }
  if (filter.mode === 'refuse') throw new Problem('message_refused')
  return { text: filter.mode === 'mask' ? filtered.text : text, isFlagged: filter.mode === 'flag' }
}

/** A player who does not want to be written to, and one that there is not, look the same. Throws `not_found`. */
export async function assertReaches(ctx: Ctx, { channel }: Place): Promise<void> {
  if (channel.kind !== 'direct') return
  const { environmentId, playerId } = playerOf(ctx)
  const other = channel.playerIds.find(id => id !== playerId) ?? ''
  const [isThere, isBlocked] = await Promise.all([
    isOpenAccount(environmentId, ctx.db, other),
    isBlockedBetween(environmentId, ctx.db, playerId, other),
  ])
  if (!isThere || isBlocked || !(await mayChat(ctx, environmentId, other))) throw notFound()
}

async function assertAnswers(environmentId: string, tx: Db, place: Place, to: number | undefined) {
  if (to === undefined) return
  if ((await findMessage(environmentId, tx, place.key, to)) !== undefined) return
  const reason = 'is no message of this channel'
  throw new Problem('invalid_request', {
    detail: `/reply_to: ${reason}`,
    errors: [{ pointer: '/reply_to', reason }],
  })
}

/** Both of a direct channel find it on their lists from its first message on. */
async function markAll(
  environmentId: string,
  tx: Db,
  place: Place,
  by: string,
  message: ChatMessage,
) {
  const at = new Date(message.created_at)
  await markRead(environmentId, tx, by, place.key, message.number, at)
  if (place.channel.kind !== 'direct') return
  for (const id of place.channel.playerIds) {
    if (id !== by) await markRead(environmentId, tx, id, place.key, 0, at)
  }
}

/**
 * Stores a message behind all others of its channel, then tells those who listen. With an Idempotency-Key it is stored
 * once, however often it is sent; each time it is told, and who has heard it knows its number.
 */
export async function sendMessage(ctx: Ctx, name: string, input: z.output<typeof NewMessage>) {
  const { environmentId, playerId } = playerOf(ctx)
  const place = await placeOf(ctx, name)
  const [rules, filter, hidden] = await Promise.all([
    rulesOf(ctx, environmentId),
    filterOf(ctx, environmentId),
    hiddenFrom(environmentId, ctx.db, playerId),
    assertReaches(ctx, place),
  ])
  await tellFormerName(ctx, environmentId, place)
  const isHeard = rules.webhooks && (await hearsOf(ctx, environmentId, 'chat.message'))
  const message = await once(ctx.db, ctx.idempotency, db =>
    db.transaction(async tx => {
      await assertNotMuted(ctx, environmentId, tx, playerId, place.name)
      const { text, isFlagged } = admitText(input.text, rules, filter)
      await assertAnswers(environmentId, tx, place, input.reply_to)
      const mentioned = await mentionsIn(ctx, environmentId, tx, place, text, hidden)
      await ctx.limits.takeAll(claimsOf(rules, environmentId, playerId, place, text))
      const { number } = await appendMessage(environmentId, tx, place, {
        authorId: playerId,
        voice: 'player',
        text,
        data: input.data ?? null,
        replyTo: input.reply_to ?? null,
        ...mentioned,
        now: ctx.now(),
      })
      const row = await findMessage(environmentId, tx, place.key, number)
      if (row === undefined) throw new Error('the message is not there')
      const written = toMessage(place.name, row)
      await markAll(environmentId, tx, place, playerId, written)
      if (isFlagged) await reportByFilter(ctx, environmentId, tx, place, written)
      if (isHeard) {
        await tellStudio(tx, environmentId, 'chat.message', {
          channel: place.name,
          number,
          player_id: playerId,
          text,
        })
      }
      return written
    }),
  )
  await tell(ctx, environmentId, place, { type: 'message', message }, hidden)
  return { message }
}
