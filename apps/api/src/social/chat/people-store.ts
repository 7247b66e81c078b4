import { type Db, statement } from '@aethex/shared/db'

const byNames = statement<{ id: string }>(
  'chat.players_by_names',
  `SELECT id FROM player
   WHERE environment_id = $1 AND username_key = ANY($2::text[]) AND closed_reason IS NULL`,
)
const membersOfGroup = statement<{ player_id: string }>(
  'chat.group_members',
  'SELECT player_id FROM group_member WHERE environment_id = $1 AND group_id = $2',
)
const isOpen = statement<{ id: string }>(
  'chat.open_account',
  'SELECT id FROM player WHERE environment_id = $1 AND id = $2 AND closed_reason IS NULL',
)
const silence = statement<{ silenced_id: string }>(
  'chat.silence',
  `INSERT INTO chat_silence (environment_id, player_id, silenced_id, created_at)
   SELECT $1, $2, id, $4 FROM player WHERE environment_id = $1 AND id = $3
   ON CONFLICT (environment_id, player_id, silenced_id) DO UPDATE SET created_at = chat_silence.created_at
   RETURNING silenced_id`,
)
const unsilence = statement<{ silenced_id: string }>(
  'chat.unsilence',
  `DELETE FROM chat_silence WHERE environment_id = $1 AND player_id = $2 AND silenced_id = $3
   RETURNING silenced_id`,
)
const silenced = statement<{ player_id: string; username: string; created_at: Date }>(
  'chat.silenced',
  `SELECT s.silenced_id AS player_id, p.username, s.created_at FROM chat_silence s
   JOIN player p ON p.environment_id = s.environment_id AND p.id = s.silenced_id
   WHERE s.environment_id = $1 AND s.player_id = $2 ORDER BY s.created_at DESC, s.silenced_id`,
)
const silencedBy = statement<{ silenced_id: string }>(
  'chat.silenced_by',
  'SELECT silenced_id FROM chat_silence WHERE environment_id = $1 AND player_id = $2',
)
const silencing = statement<{ player_id: string }>(
  'chat.silencing',
  'SELECT player_id FROM chat_silence WHERE environment_id = $1 AND silenced_id = $2',
)

/** Those who have one of the usernames, as these are compared. */
export const findByNames = async (environmentId: string, db: Db, keys: readonly string[]) =>
  (await db.all(byNames, [environmentId, keys])).map(row => row.id)

export const listGroupMembers = async (environmentId: string, db: Db, groupId: string) =>
  (await db.all(membersOfGroup, [environmentId, groupId])).map(row => row.player_id)

export const isOpenAccount = async (environmentId: string, db: Db, playerId: string) =>
  (await db.one(isOpen, [environmentId, playerId])) !== undefined

/** False when there is no such player. */
export const addSilence = async (
  environmentId: string,
  tx: Db,
  by: string,
  whom: string,
  now: Date,
) => (await tx.one(silence, [environmentId, by, whom, now])) !== undefined

export const removeSilence = (environmentId: string, tx: Db, by: string, whom: string) =>
  tx.one(unsilence, [environmentId, by, whom])

export const listSilenced = (environmentId: string, db: Db, playerId: string) =>
  db.all(silenced, [environmentId, playerId])

export const silencedIds = async (environmentId: string, db: Db, playerId: string) =>
  (await db.all(silencedBy, [environmentId, playerId])).map(row => row.silenced_id)

/** Who does not want to read the player. */
export const silencerIds = async (environmentId: string, db: Db, playerId: string) =>
  (await db.all(silencing, [environmentId, playerId])).map(row => row.player_id)

const group = statement<{ id: string; name: string }>(
  'chat.group',
  'SELECT id, name FROM player_group WHERE environment_id = $1 AND name_key = $2 AND world = $3',
)
const membersOfParty = statement<{ player_id: string }>(
  'chat.party_members',
  'SELECT player_id FROM party_member WHERE environment_id = $1 AND party_id = $2',
)

export const findGroup = (environmentId: string, db: Db, nameKey: string, world: string) =>
  db.one(group, [environmentId, nameKey, world])

export const listPartyMembers = async (environmentId: string, db: Db, partyId: string) =>
  (await db.all(membersOfParty, [environmentId, partyId])).map(row => row.player_id)

const seatInGroup = statement<{ name: string; world: string }>(
  'chat.group_seat',
  `SELECT g.name, g.world FROM group_member m
   JOIN player_group g ON g.environment_id = m.environment_id AND g.id = m.group_id
   WHERE m.environment_id = $1 AND m.group_id = $2::uuid AND m.player_id = $3`,
)

/** How the group is called now, for who is a member; undefined for who is not. */
export const findSeatInGroup = (environmentId: string, db: Db, groupId: string, playerId: string) =>
  db.one(seatInGroup, [environmentId, groupId, playerId])
