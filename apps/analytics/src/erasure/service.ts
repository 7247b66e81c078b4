import { Problem } from '@aethex/shared/errors'
import { z } from 'zod'
import type { AnalyticsContext } from '../context.js'

const settleMs = 3_000
const pageRows = 1_000

const Count = z.object({ events: z.coerce.number().int() })
const Row = z.object({
  event_id: z.string(),
  name: z.string(),
  time: z.string(),
  client_time: z.string(),
  received_at: z.string(),
  properties: z.string(),
})

const whose = 'environment_id = {environment:UUID} AND player_id = {player:UUID}'

/**
 * Deletes what is stored of a player. What was accepted before is stored first, so that nothing follows from
 * the spool; when that takes too long it throws `busy`, and the caller comes again.
 */
export async function eraseEvents(ctx: AnalyticsContext, playerId: string) {
  if (!(await ctx.spool.settle(settleMs))) throw new Problem('busy')
  const values = { environment: ctx.identity.environment_id, player: playerId }
  const [row] = await ctx.store.select(
    `SELECT count() AS events FROM events WHERE ${whose}`,
    values,
  )
  const { events } = Count.parse(row)
  if (events > 0) await ctx.store.remove(whose, values)
  return { events }
}

/** The events of a player in the order of their ids, a thousand at a time. */
export async function exportEvents(ctx: AnalyticsContext, playerId: string, after: string | null) {
  const rows = await ctx.store.select(
    `SELECT event_id, name, time, client_time, received_at, properties FROM events FINAL
     WHERE ${whose} AND ({after:Nullable(UUID)} IS NULL OR event_id > {after:Nullable(UUID)})
     ORDER BY event_id LIMIT ${pageRows}`,
    { environment: ctx.identity.environment_id, player: playerId, after },
  )
  return {
    events: rows.map(row => {
      const { properties, ...event } = Row.parse(row)
      return { ...event, properties: JSON.parse(properties) }
    }),
  }
}
