import { randomUUID } from 'node:crypto'
import { audit } from '@aethex/shared/audit'
import { once } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { listNodes } from '@aethex/shared/fleet'
import { issueTicket, type Moderator, ticketSeconds } from '@aethex/shared/tickets'
import type { z } from 'zod'
import { auditActorOf, type Ctx, environmentOf, memberOf } from '../../gateway/context.js'
import { hiddenFrom } from './hidden.js'
import { mentionsIn } from './mentions.js'
import { placeForModerator } from './place.js'
import { historyAt } from './read.js'
import type { Announcement, HistoryPage } from './schema.js'
import { appendMessage, findMessage, holdChannelRow, removeMessageRow } from './store.js'
import { tell, tellFormerName } from './tell.js'
import { toMessage } from './to-message.js'

/** What was said in any channel, nothing left out. */
export async function readAnyHistory(ctx: Ctx, name: string, page: z.output<typeof HistoryPage>) {
  const environmentId = environmentOf(ctx)
  const place = await placeForModerator(ctx, name)
  return historyAt(ctx, environmentId, place, page, [])
}

/** The studio speaks in a channel. No limit, filter or mute holds for it. */
export async function announceInChannel(
  ctx: Ctx,
  name: string,
  input: z.output<typeof Announcement>,
) {
  const environmentId = environmentOf(ctx)
  const place = await placeForModerator(ctx, name)
  await tellFormerName(ctx, environmentId, place)
  const message = await once(ctx.db, ctx.idempotency, db =>
    db.transaction(async tx => {
      const { mentions } = await mentionsIn(ctx, environmentId, tx, place, input.text, [])
      const { number } = await appendMessage(environmentId, tx, place, {
        authorId: null,
        voice: 'studio',
        text: input.text,
        data: input.data ?? null,
        replyTo: null,
        mentions,
        mentionsAll: input.mentions_all,
        now: ctx.now(),
      })
      const row = await findMessage(environmentId, tx, place.key, number)
      if (row === undefined) throw new Error('the message is not there')
      await audit(tx, {
        environmentId,
        actor: auditActorOf(ctx),
        action: 'chat.announce',
        target: place.name,
        details: { number },
        requestId: ctx.requestId,
      })
      return toMessage(place.name, row)
    }),
  )
  await tell(ctx, environmentId, place, { type: 'message', message })
  return { message }
}

/** Takes anybody's message away. What stays says that there was one. Throws `not_found`. */
export async function removeAnyMessage(
  ctx: Ctx,
  name: string,
  number: number,
  reason: string,
): Promise<void> {
  const environmentId = environmentOf(ctx)
  const place = await placeForModerator(ctx, name)
  const message = await ctx.db.transaction(async tx => {
    await holdChannelRow(environmentId, tx, place.key)
    const found = await findMessage(environmentId, tx, place.key, number)
    if (found === undefined) throw notFound()
    if (found.deleted_by === null) {
      await removeMessageRow(environmentId, tx, place.key, number, 'moderator')
    }
    await audit(tx, {
      environmentId,
      actor: auditActorOf(ctx),
      action: 'chat.remove',
      target: found.author_id ?? place.name,
      details: { channel: place.name, number, reason },
      requestId: ctx.requestId,
    })
    const row = await findMessage(environmentId, tx, place.key, number)
    return row && toMessage(place.name, row)
  })
  if (message === undefined) return
  const author = message.from?.player_id
  const hidden = author === undefined ? [] : await hiddenFrom(environmentId, ctx.db, author)
  await tell(ctx, environmentId, place, { type: 'changed', message }, hidden)
}

/** As what a moderator listens: what may end ends the socket, too. */
function moderatorOf(ctx: Ctx): { id: string; moderates: Moderator } {
  const { actor } = ctx
  if (actor.kind === 'server') {
    return { id: actor.keyId, moderates: { kind: 'server', key_id: actor.keyId } }
  }
  const { memberId, sessionId } = memberOf(ctx)
  const moderates = { kind: 'member', member_id: memberId, session_id: sessionId } as const
  return { id: memberId, moderates }
}

/**
 * A single-use ticket for a socket that may listen to `chat.>`, every channel of the environment, and do no more. It
 * ends within about a second of the right to it.
 */
export async function openModeratorTicket(ctx: Ctx) {
  const environmentId = environmentOf(ctx)
  const [node] = await listNodes(ctx.redis)
  if (node === undefined) {
    throw new Problem('unavailable', { detail: 'No relay node is up; try again shortly.' })
  }
  const { id, moderates } = moderatorOf(ctx)
  await audit(ctx.db, {
    environmentId,
    actor: auditActorOf(ctx),
    action: 'chat.tickets',
    requestId: ctx.requestId,
  })
  const ticket = await issueTicket(ctx.redis, {
    environment_id: environmentId,
    player_id: id,
    username: 'moderator',
    // Of this socket alone: the session of a member may go on when the socket has to end.
    session_id: randomUUID(),
    permissions: { chat: true, voice: false },
    moderates,
  })
  return { url: node.url, ticket, expires_in: ticketSeconds }
}
