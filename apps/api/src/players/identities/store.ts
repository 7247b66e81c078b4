import { type Db, statement } from '@aethex/shared/db'

/** An account elsewhere: the provider's name and what it calls the account for ever. */
export interface IdentityKey {
  /** `google`, `github`, `discord`, `oidc:<slug>` or `custom`. */
  provider: string
  subject: string
}

const find = statement<{ player_id: string }>(
  'identities.find',
  `SELECT player_id FROM player_identity
   WHERE environment_id = $1 AND provider = $2 AND subject = $3`,
)
const insert = statement<{ player_id: string }>(
  'identities.insert',
  `INSERT INTO player_identity (environment_id, provider, subject, player_id, display_name)
   VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING player_id`,
)

export const findIdentity = (environmentId: string, db: Db, { provider, subject }: IdentityKey) =>
  db.one(find, [environmentId, provider, subject])

/** False when the account elsewhere already signs a player in. */
export const insertIdentity = async (
  environmentId: string,
  tx: Db,
  playerId: string,
  { provider, subject, displayName }: IdentityKey & { displayName: string | null },
) => (await tx.one(insert, [environmentId, provider, subject, playerId, displayName])) !== undefined

/** An account elsewhere, as its player sees it. */
export interface IdentityRow {
  provider: string
  subject: string
  display_name: string | null
  linked_at: Date
}

const list = statement<IdentityRow>(
  'identities.list',
  `SELECT provider, subject, display_name, linked_at FROM player_identity
   WHERE environment_id = $1 AND player_id = $2 ORDER BY linked_at, provider`,
)
const removeAll = statement<{ provider: string }>(
  'identities.remove_all',
  'DELETE FROM player_identity WHERE environment_id = $1 AND player_id = $2 RETURNING provider',
)

export const listIdentities = (environmentId: string, db: Db, playerId: string) =>
  db.all(list, [environmentId, playerId])

/** How many there were. */
export const removeIdentities = async (environmentId: string, db: Db, playerId: string) =>
  (await db.all(removeAll, [environmentId, playerId])).length
