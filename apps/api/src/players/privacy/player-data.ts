import type { PlayerData } from '../../gateway/player-data.js'
import { forgetConsentsOf, listConsents, listDecisions } from './consent-store.js'
import { forgetParentalConsents, listParentalConsents } from './parental-store.js'
import {
  findLastSeen,
  findRetentionMark,
  forgetActivity,
  forgetRetentionMark,
} from './retention-store.js'

const mostDecisions = 10_000

export const playerData: PlayerData = {
  name: 'privacy',
  tables: ['consent', 'consent_decision', 'parental_consent', 'player_activity', 'retention_mark'],
  async *exportFor({ db }, environmentId, playerId) {
    yield { name: 'consents.json', content: await listConsents(environmentId, db, playerId) }
    const decisions = await listDecisions(environmentId, db, playerId, mostDecisions)
    yield { name: 'decisions.json', content: decisions }
    const consents = await listParentalConsents(environmentId, db, playerId)
    if (consents.length > 0) {
      // The address is the parent's, not the player's.
      const content = consents.map(
        ({ parent_email: _sealed, environment_id: _tenant, ...row }) => row,
      )
      yield { name: 'parental-consents.json', content }
    }
    const mark = await findRetentionMark(environmentId, db, playerId)
    if (mark !== undefined) yield { name: 'retention.json', content: mark }
    const seen = await findLastSeen(environmentId, db, playerId)
    if (seen !== undefined) yield { name: 'activity.json', content: seen }
  },
  eraseFor: async ({ db }, environmentId, playerId) => ({
    ...(await forgetConsentsOf(environmentId, db, playerId)),
    parental_consent: await forgetParentalConsents(environmentId, db, playerId),
    retention_mark: await forgetRetentionMark(environmentId, db, playerId),
    player_activity: await forgetActivity(environmentId, db, playerId),
  }),
}
