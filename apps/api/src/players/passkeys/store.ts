import { type Db, statement } from '@aethex/shared/db'
import { passkeyRows } from '@aethex/shared/second-factor'

/** The passkeys of players; their owner is `[environmentId, playerId]`. */
export const passkeys = passkeyRows({
  passkeys: 'player_passkey',
  owner: ['environment_id', 'player_id'],
})

const game = statement<{ name: string }>(
  'passkeys.game',
  'SELECT p.name FROM environment e JOIN project p ON p.id = e.project_id WHERE e.id = $1',
)

/** What players know the environment as: the name of its project. */
export const findGameName = async (environmentId: string, db: Db) =>
  (await db.one(game, [environmentId]))?.name
