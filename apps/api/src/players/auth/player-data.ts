import type { Parts } from '../../gateway/context.js'
import type { PlayerData } from '../../gateway/player-data.js'
import { exportAccount, exportDevices, exportSessions, removePlayer } from './player-data-store.js'
import { endSessionsOf, sessionsEnded } from './sessions.js'

/** Goes last of all features: with the row of the player goes everything that refers to it. */
export const playerData = {
  name: 'account',
  tables: [
    'password_credential',
    'device_credential',
    'player_session',
    'player_known_device',
    'player',
  ],
  async *exportFor({ db }: Pick<Parts, 'db'>, environmentId: string, playerId: string) {
    const account = await exportAccount(environmentId, db, playerId)
    if (account === undefined) return
    yield { name: 'account.json', content: account }
    yield { name: 'sessions.json', content: await exportSessions(environmentId, db, playerId) }
    yield { name: 'devices.json', content: await exportDevices(environmentId, db, playerId) }
  },
  async eraseFor(
    parts: Pick<Parts, 'db' | 'revocations' | 'outbox'>,
    environmentId: string,
    playerId: string,
  ) {
    const { ended, removed } = await parts.db.transaction(async tx => ({
      ended: await endSessionsOf(parts, environmentId, tx, playerId, { reason: 'player erased' }),
      removed: await removePlayer(environmentId, tx, playerId),
    }))
    sessionsEnded(parts, ended)
    return removed
  },
} satisfies PlayerData
