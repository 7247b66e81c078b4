import { notFound, Problem } from '@aethex/shared/errors'
import { type Ctx, playerOf } from '../../gateway/context.js'
import { assertNotMuted, filterOf } from '../speech/service.js'
import { hiddenFrom } from './hidden.js'
import { mentionsIn } from './mentions.js'
import { placeOf } from './place.js'
import { reportByFilter } from './report.js'
import { rulesOf } from './rules.js'
import {
  editMessageRow,
  findMessage,
  holdChannelRow,
  type MessageRow,
  removeMessageRow,
} from './store.js'
import { tell, tellFormerName } from './tell.js'
import { toMessage } from './to-message.js'
import { admitText } from './write.js'

const isYoung = ({ created_at: at }: MessageRow, seconds: number, now: Date) =>
  now.getTime() - at.getTime() <= seconds * 1_000

// Everybody who listens is told of each.
const editing = { name: 'chat-edits', quota: 30, windowSeconds: 60 }

/** Changes a message of one's own, for a while; that it was changed is seen. Throws `edit_too_late`. */
export async function editMessage(ctx: Ctx, name: string, number: number, wanted: string) {
  const { environmentId, playerId } = playerOf(ctx)
  const place = await placeOf(ctx, name)
  const [rules, filter] = await Promise.all([
    rulesOf(ctx, environmentId),
    filterOf(ctx, environmentId),
  ])
  const { text, isFlagged } = admitText(wanted, rules, filter)
  await ctx.limits.take(editing, `${environmentId}:${playerId}`)
  await tellFormerName(ctx, environmentId, place)
  const hidden = await hiddenFrom(environmentId, ctx.db, playerId)
  const message = await ctx.db.transaction(async tx => {
    await assertNotMuted(ctx, environmentId, tx, playerId, place.name)
    await holdChannelRow(environmentId, tx, place.key)
    const found = await findMessage(environmentId, tx, place.key, number)
    if (found === undefined || found.deleted_by !== null) throw notFound()
    if (found.author_id !== playerId) throw new Problem('forbidden')
    if (!isYoung(found, rules.edit_seconds, ctx.now())) throw new Problem('edit_too_late')
    const { mentions } = await mentionsIn(ctx, environmentId, tx, place, text, hidden)
    const to = { text, mentions, now: ctx.now() }
    await editMessageRow(environmentId, tx, place.key, number, to)
    const row = await findMessage(environmentId, tx, place.key, number)
    if (row === undefined) throw notFound()
    const written = toMessage(place.name, row)
    if (isFlagged) await reportByFilter(ctx, environmentId, tx, place, written)
    return written
  })
  await tell(ctx, environmentId, place, { type: 'changed', message }, hidden)
  return { message }
}

/** Takes a message back: one's own, or anybody's where one leads. What stays says only that there was one. */
export async function deleteMessage(ctx: Ctx, name: string, number: number): Promise<void> {
  const { environmentId, playerId } = playerOf(ctx)
  const place = await placeOf(ctx, name)
  const removed = await ctx.db.transaction(async tx => {
    await holdChannelRow(environmentId, tx, place.key)
    const found = await findMessage(environmentId, tx, place.key, number)
    if (found === undefined) throw notFound()
    const isOwn = found.author_id === playerId
    if (!isOwn && !place.leads) throw new Problem('forbidden')
    if (found.deleted_by !== null) return undefined
    await removeMessageRow(environmentId, tx, place.key, number, isOwn ? 'author' : 'moderator')
    const row = await findMessage(environmentId, tx, place.key, number)
    return row && toMessage(place.name, row)
  })
  // Who never saw the text sees no trace of it either.
  const author = removed?.from?.player_id ?? playerId
  if (removed === undefined) return
  const hidden = await hiddenFrom(environmentId, ctx.db, author)
  await tell(ctx, environmentId, place, { type: 'changed', message: removed }, hidden)
}
