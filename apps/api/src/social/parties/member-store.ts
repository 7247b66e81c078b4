import { type Db, statement, violatedConstraint } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'

export interface PartyMemberRow {
  player_id: string
  username: string
  ready: boolean
  joined_at: Date
  /** The same in microseconds since 1970. */
  joined_us: number
}

const columns = `m.player_id, p.username, m.ready, m.joined_at,
  (extract(epoch FROM m.joined_at) * 1000000)::bigint AS joined_us`

const list = statement<PartyMemberRow>(
  'parties.members',
  `SELECT ${columns} FROM party_member m
   JOIN player p ON p.environment_id = m.environment_id AND p.id = m.player_id
   WHERE m.environment_id = $1 AND m.party_id = $2 ORDER BY m.joined_at, m.player_id`,
)
const partyId = statement<{ party_id: string }>(
  'parties.id_of_player',
  'SELECT party_id FROM party_member WHERE environment_id = $1 AND player_id = $2',
)
const takePlace = statement<{ member_count: number }>(
  'parties.take_place',
  `UPDATE party SET member_count = member_count + 1
   WHERE environment_id = $1 AND id = $2 AND member_count < max_size RETURNING member_count`,
)
const givePlace = statement<never>(
  'parties.give_place',
  'UPDATE party SET member_count = member_count - 1 WHERE environment_id = $1 AND id = $2',
)
const insert = statement<never>(
  'parties.add_member',
  `INSERT INTO party_member (environment_id, party_id, player_id, joined_at)
   VALUES ($1, $2, $3, clock_timestamp())`,
)
const remove = statement<never>(
  'parties.remove_member',
  'DELETE FROM party_member WHERE environment_id = $1 AND party_id = $2 AND player_id = $3',
)
const setReady = statement<never>(
  'parties.set_ready',
  `UPDATE party_member SET ready = $4
   WHERE environment_id = $1 AND party_id = $2 AND player_id = $3`,
)

/** Longest-serving first. */
export const listMembers = (environmentId: string, db: Db, party: string) =>
  db.all(list, [environmentId, party])

export const findPartyId = async (environmentId: string, db: Db, playerId: string) =>
  (await db.one(partyId, [environmentId, playerId]))?.party_id

/** The key of the table holds one row for each player. Throws `already_in_party`. */
export const addSeat = (environmentId: string, tx: Db, party: string, playerId: string) =>
  tx.one(insert, [environmentId, party, playerId]).catch(error => {
    throw violatedConstraint(error) === 'party_member_pkey'
      ? new Problem('already_in_party')
      : error
  })

/** Throws `party_full`, `already_in_party`. */
export async function addMember(
  environmentId: string,
  tx: Db,
  party: string,
  playerId: string,
): Promise<void> {
  if ((await tx.one(takePlace, [environmentId, party])) === undefined) {
    throw new Problem('party_full')
  }
  await addSeat(environmentId, tx, party, playerId)
}

/** Only of a member, in a transaction that has locked the party. */
export async function removeMember(
  environmentId: string,
  tx: Db,
  party: string,
  playerId: string,
): Promise<void> {
  await tx.one(remove, [environmentId, party, playerId])
  await tx.one(givePlace, [environmentId, party])
}

export const writeReady = (
  environmentId: string,
  tx: Db,
  party: string,
  playerId: string,
  ready: boolean,
) => tx.one(setReady, [environmentId, party, playerId, ready])
