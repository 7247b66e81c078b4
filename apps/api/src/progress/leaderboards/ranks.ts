import { Problem } from '@aethex/shared/errors'
import type { Parts } from '../../gateway/context.js'
import {
  applyEntry,
  isReady,
  positionBehind,
  positionOf,
  type Standing,
  standingsFrom,
} from './rank-index.js'
import { rebuildInBackground } from './rebuild.js'
import type { BoardRules } from './schema.js'
import { countEntriesAhead, type EntryRow, findEntry, type Place, sliceEntries } from './store.js'

/** One board: where its entries are and how they rank. */
export interface BoardRef extends BoardRules {
  environmentId: string
  boardId: string
}

type Stores = Pick<Parts, 'db' | 'redis'>

/**
 * Asks the index. While it is not there it is built in the background, and PostgreSQL answers, slower;
 * so it does while Redis is out.
 */
async function ask<T>(
  stores: Stores,
  board: BoardRef,
  fromIndex: () => Promise<T>,
  fromDatabase: () => Promise<T>,
): Promise<T> {
  const { environmentId, boardId } = board
  try {
    // Asked side by side: the answer of an index that is not whole is thrown away.
    const [isThere, answer] = await Promise.all([
      isReady(stores.redis, environmentId, boardId),
      fromIndex(),
    ])
    if (isThere) return answer
    rebuildInBackground(stores, environmentId, boardId)
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'unavailable')) throw error
  }
  return fromDatabase()
}

async function countedPosition({ db }: Stores, board: BoardRef, entry: EntryRow): Promise<number> {
  return countEntriesAhead(board.environmentId, db, board.boardId, board.order, entry)
}

/** Where a row that was just written stands, counted from 0. */
export const place = (stores: Stores, board: BoardRef, entry: EntryRow): Promise<number> =>
  ask(
    stores,
    board,
    async () => (await applyEntry(stores.redis, entry)) ?? countedPosition(stores, board, entry),
    () => countedPosition(stores, board, entry),
  )

/** Where a player stands, counted from 0; undefined without a score. */
export const findPosition = (
  stores: Stores,
  board: BoardRef,
  playerId: string,
): Promise<number | undefined> =>
  ask(
    stores,
    board,
    () => positionOf(stores.redis, board.environmentId, board.boardId, playerId),
    async () => {
      const entry = await findEntry(board.environmentId, stores.db, board.boardId, playerId)
      return entry && countedPosition(stores, board, entry)
    },
  )

/** The position right behind a place, counted from 0, whether or not somebody still stands there. */
export const findPositionBehind = (
  stores: Stores,
  board: BoardRef,
  place: Place,
): Promise<number> => {
  const { environmentId, boardId, order } = board
  return ask(
    stores,
    board,
    () => positionBehind(stores.redis, environmentId, boardId, order, place),
    async () => {
      const entry = await findEntry(environmentId, stores.db, boardId, place.player_id)
      const ahead = await countEntriesAhead(environmentId, stores.db, boardId, order, place)
      const isThere = entry?.score === place.score && entry.achieved_us === place.achieved_us
      return ahead + (isThere ? 1 : 0)
    },
  )
}

/** `limit` standings from a position on, best first. */
export const standings = (
  stores: Stores,
  board: BoardRef,
  offset: number,
  limit: number,
): Promise<Standing[]> => {
  const { environmentId, boardId, order } = board
  return ask(
    stores,
    board,
    () => standingsFrom(stores.redis, environmentId, boardId, order, offset, limit),
    async () =>
      (await sliceEntries(environmentId, stores.db, boardId, order, offset, limit)).map(entry => ({
        playerId: entry.player_id,
        score: entry.score,
        achievedUs: entry.achieved_us,
      })),
  )
}
