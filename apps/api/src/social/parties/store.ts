import { type Db, statement } from '@aethex/shared/db'

/** As much of a party as others need to know. */
export interface PartyBrief {
  party_id: string
  leader_id: string
  /** Longest-serving first. */
  member_ids: string[]
}

export interface PartyRow {
  id: string
  leader_id: string
  is_open: boolean
  max_size: number
  member_count: number
  data: Record<string, unknown>
  version: number
  created_at: Date
}

const columns = 'id, leader_id, is_open, max_size, member_count, data, version, created_at'

const brief = statement<PartyBrief>(
  'parties.brief',
  `SELECT p.id AS party_id, p.leader_id, array_agg(m.player_id ORDER BY m.joined_at, m.player_id) AS member_ids
   FROM party_member own
   JOIN party p ON p.environment_id = own.environment_id AND p.id = own.party_id
   JOIN party_member m ON m.environment_id = p.environment_id AND m.party_id = p.id
   WHERE own.environment_id = $1 AND own.player_id = $2 GROUP BY p.id, p.leader_id`,
)
const find = statement<PartyRow>(
  'parties.find',
  `SELECT ${columns} FROM party WHERE environment_id = $1 AND id = $2`,
)
const lock = statement<PartyRow>('parties.lock', `${find.text} FOR NO KEY UPDATE`)
const insert = statement<never>(
  'parties.insert',
  `INSERT INTO party (environment_id, id, leader_id, is_open, max_size, member_count, data, created_at, touched_at)
   VALUES ($1, $2, $3, $4, $5, 1, $6, $7, $7)`,
)
const touch = statement<never>(
  'parties.touch',
  `UPDATE party SET is_open = coalesce($4, is_open), max_size = coalesce($5, max_size),
     data = coalesce($6, data), leader_id = coalesce($7, leader_id), version = version + 1, touched_at = $3
   WHERE environment_id = $1 AND id = $2`,
)
const remove = statement<never>(
  'parties.remove',
  'DELETE FROM party WHERE environment_id = $1 AND id = $2',
)
const untouched = statement<{ environment_id: string; id: string }>(
  'parties.untouched',
  'SELECT environment_id, id FROM party WHERE touched_at < $1 ORDER BY touched_at LIMIT $2',
)
const stillUntouched = statement<{ id: string }>(
  'parties.still_untouched',
  'SELECT id FROM party WHERE environment_id = $1 AND id = $2 AND touched_at < $3 FOR NO KEY UPDATE',
)

export const findBrief = (environmentId: string, db: Db, playerId: string) =>
  db.one(brief, [environmentId, playerId])

export const findParty = (environmentId: string, db: Db, partyId: string) =>
  db.one(find, [environmentId, partyId])

/** The party, and until the end of the transaction nobody else changes it or who is in it. */
export const lockParty = (environmentId: string, tx: Db, partyId: string) =>
  tx.one(lock, [environmentId, partyId])

/** Its leader must be added as a member before the transaction ends. */
export const addParty = (
  environmentId: string,
  tx: Db,
  {
    id,
    leader_id,
    is_open,
    max_size,
    data,
    created_at,
  }: Omit<PartyRow, 'member_count' | 'version'>,
) =>
  tx.one(insert, [
    environmentId,
    id,
    leader_id,
    is_open,
    max_size,
    JSON.stringify(data),
    created_at,
  ])

export interface PartyPatch {
  is_open?: boolean | undefined
  max_size?: number | undefined
  data?: Record<string, unknown> | undefined
  leader_id?: string | undefined
}

/** Counts a change of the party, and writes what is given. */
export const touchParty = (
  environmentId: string,
  tx: Db,
  partyId: string,
  now: Date,
  { is_open, max_size, data, leader_id }: PartyPatch = {},
) =>
  tx.one(touch, [
    environmentId,
    partyId,
    now,
    is_open ?? null,
    max_size ?? null,
    data === undefined ? null : JSON.stringify(data),
    leader_id ?? null,
  ])

export const removeParty = (environmentId: string, tx: Db, partyId: string) =>
  tx.one(remove, [environmentId, partyId])

/** Of all environments, the longest-forgotten first. */
export const listUntouched = (db: Db, before: Date, limit: number) =>
  db.all(untouched, [before, limit])

/** Whether it is so still; then it is locked. */
export const isUntouched = async (environmentId: string, tx: Db, partyId: string, before: Date) =>
  (await tx.one(stillUntouched, [environmentId, partyId, before])) !== undefined
