import type { PlayerData } from '../../gateway/player-data.js'
import { eventsAbout, forgetEventsOf } from './store.js'

/** What the studio was told of the player. */
export const playerData: PlayerData = {
  name: 'webhooks',
  tables: ['webhook_event'],
  async *exportFor({ db }, environmentId, playerId) {
    yield { name: 'events.json', content: await eventsAbout(environmentId, db, playerId) }
  },
  eraseFor: async ({ db }, environmentId, playerId) => ({
    webhook_event: await forgetEventsOf(environmentId, db, playerId),
  }),
}
