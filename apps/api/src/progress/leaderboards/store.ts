import { type Db, statement } from '@aethex/shared/db'
import type { BoardRules } from './schema.js'

export interface EntryRow {
  environment_id: string
  board_id: string
  player_id: string
  score: number
  /** Microseconds since 1970: the earlier of two equal scores ranks first. */
  achieved_us: number
  revision: number
  order: BoardRules['order']
}

/** A place in a board, whether or not somebody stands there. */
export interface Place {
  score: number
  achieved_us: number
  player_id: string
}

const micros = '(extract(epoch FROM e.achieved_at) * 1000000)::bigint'
const entry = `e.environment_id, e.board_id, e.player_id, e.score, ${micros} AS achieved_us, e.revision, b."order"`
const entries = 'leaderboard_entry e JOIN leaderboard b USING (environment_id, board_id)'

const putBoard = statement<BoardRules & { is_new: boolean }>(
  'boards.put',
  `INSERT INTO leaderboard (environment_id, board_id, "order", keep)
   VALUES ($1, $2, $3::board_order, $4::board_keep)
   ON CONFLICT (environment_id, board_id) DO UPDATE SET board_id = excluded.board_id
   RETURNING "order", keep, xmax = 0 AS is_new`,
)
const findBoardRules = statement<BoardRules>(
  'boards.find',
  'SELECT "order", keep FROM leaderboard WHERE environment_id = $1 AND board_id = $2',
)
const listRules = statement<BoardRules & { board_id: string }>(
  'boards.list',
  'SELECT board_id, "order", keep FROM leaderboard WHERE environment_id = $1 ORDER BY board_id',
)
const bestOf = `CASE WHEN b."order" = 'desc' THEN greatest(e.score, $4) ELSE least(e.score, $4) END`
const kept = `CASE b.keep WHEN 'sum' THEN e.score + $4 WHEN 'last' THEN $4 ELSE ${bestOf} END`

// clock_timestamp, not now(): two writes that waited for each other must not share a time.
const submit = statement<EntryRow>(
  'boards.submit',
  `WITH b AS (SELECT "order", keep FROM leaderboard WHERE environment_id = $1 AND board_id = $2)
   INSERT INTO leaderboard_entry AS e (environment_id, board_id, player_id, score, achieved_at, updated_at)
   SELECT $1, $2, $3, $4, clock_timestamp(), clock_timestamp() FROM b
   ON CONFLICT (environment_id, board_id, player_id) DO UPDATE SET
     score = (SELECT ${kept} FROM b),
     achieved_at = CASE WHEN (SELECT b.keep <> 'best' OR e.score <> ${bestOf} FROM b)
       THEN clock_timestamp() ELSE e.achieved_at END,
     revision = e.revision + 1,
     updated_at = clock_timestamp()
   RETURNING ${entry.replace('b."order"', '(SELECT "order" FROM b)')}`,
)
const mine = statement<EntryRow>(
  'boards.mine',
  `SELECT ${entry} FROM ${entries} WHERE e.environment_id = $1 AND e.board_id = $2 AND e.player_id = $3`,
)
const ofBoard = statement<EntryRow>(
  'boards.all',
  `SELECT ${entry} FROM ${entries}
   WHERE e.environment_id = $1 AND e.board_id = $2 AND e.player_id > $3 ORDER BY e.player_id LIMIT $4`,
)
const changedSince = statement<EntryRow & { updated_us: number }>(
  'boards.changed_since',
  `SELECT ${entry}, (extract(epoch FROM e.updated_at) * 1000000)::bigint AS updated_us FROM ${entries}
   WHERE e.updated_at > to_timestamp($1::double precision) ORDER BY e.updated_at LIMIT $2`,
)

const isAhead = {
  desc: `(e.score > $3 OR (e.score = $3 AND (${micros}, e.player_id) < ($4, $5::uuid)))`,
  asc: `(e.score < $3 OR (e.score = $3 AND (${micros}, e.player_id) < ($4, $5::uuid)))`,
}
const both = <T>(make: (order: 'asc' | 'desc') => T) => ({ asc: make('asc'), desc: make('desc') })
const countAhead = both(order =>
  statement<{ ahead: number }>(
    `boards.ahead_${order}`,
    `SELECT count(*) AS ahead FROM leaderboard_entry e
     WHERE e.environment_id = $1 AND e.board_id = $2 AND ${isAhead[order]}`,
  ),
)
const slice = both(order =>
  statement<EntryRow>(
    `boards.slice_${order}`,
    `SELECT ${entry} FROM ${entries} WHERE e.environment_id = $1 AND e.board_id = $2
     ORDER BY e.score ${order}, e.achieved_at, e.player_id OFFSET $3 LIMIT $4`,
  ),
)

/** Makes the board unless it exists; answers the rules it has. */
export const putBoardRules = (environmentId: string, db: Db, boardId: string, rules: BoardRules) =>
  db.one(putBoard, [environmentId, boardId, rules.order, rules.keep])

/** Every board of an environment with its rules. */
export const listBoards = (environmentId: string, db: Db) => db.all(listRules, [environmentId])

export const findBoard = (environmentId: string, db: Db, boardId: string) =>
  db.one(findBoardRules, [environmentId, boardId])

/** Enters a score by the board's rule, in one statement. Undefined when there is no such board. */
export const enterScore = (
  environmentId: string,
  db: Db,
  boardId: string,
  playerId: string,
  score: number,
) => db.one(submit, [environmentId, boardId, playerId, score])

export const findEntry = (environmentId: string, db: Db, boardId: string, playerId: string) =>
  db.one(mine, [environmentId, boardId, playerId])

/** The entries of a board in pages by player, for a rebuild. */
export const listEntries = (
  environmentId: string,
  db: Db,
  boardId: string,
  after: string,
  limit: number,
) => db.all(ofBoard, [environmentId, boardId, after, limit])

/** Entries of all tenants that changed after a moment (seconds since 1970), oldest change first. */
export const listChangedSince = (seconds: number, db: Db, limit: number) =>
  db.all(changedSince, [seconds, limit])

/** How many entries rank before a place. */
export async function countEntriesAhead(
  environmentId: string,
  db: Db,
  boardId: string,
  order: BoardRules['order'],
  place: Place,
): Promise<number> {
  const values = [environmentId, boardId, place.score, place.achieved_us, place.player_id]
  return (await db.one(countAhead[order], values))?.ahead ?? 0
}

/** `limit` entries from the position `offset` on, best first. */
export const sliceEntries = (
  environmentId: string,
  db: Db,
  boardId: string,
  order: BoardRules['order'],
  offset: number,
  limit: number,
) => db.all(slice[order], [environmentId, boardId, offset, limit])
