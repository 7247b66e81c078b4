import { z } from 'zod'
import type { PlayerData } from '../../gateway/player-data.js'
import { forgetPlayerReceipts } from './store.js'

const Erased = z.object({ events: z.int() })
const Events = z.object({
  events: z.array(z.record(z.string(), z.unknown()).and(z.object({ event_id: z.string() }))),
})

/** The events that the analytics app keeps, in its spool and in ClickHouse. */
export const eventData: PlayerData = {
  name: 'analytics',
  tables: [],
  async *exportFor({ askAnalytics }, environmentId, playerId) {
    let after: string | null = null
    for (let page = 1; ; page++) {
      const answer: unknown = await askAnalytics(environmentId, '/internal/exports', {
        player_id: playerId,
        after,
      })
      const { events } = Events.parse(answer)
      const last = events.at(-1)
      if (last === undefined) return
      yield { name: `events-${page}.json`, content: events }
      after = last.event_id
    }
  },
  async eraseFor({ askAnalytics }, environmentId, playerId) {
    const answer = await askAnalytics(environmentId, '/internal/erasures', { player_id: playerId })
    return { 'clickhouse:events': Erased.parse(answer).events }
  },
}

/** The proof of the erasure itself stays; what was kept to answer a repeated request goes. */
export const playerData: PlayerData = {
  name: 'requests',
  tables: ['erasure'],
  async *exportFor() {},
  eraseFor: async ({ db }, environmentId, playerId) => ({
    idempotency_receipt: await forgetPlayerReceipts(environmentId, db, playerId),
  }),
}
