import { audit } from '@aethex/shared/audit'
import { once, sqlState } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { decodeCursor, encodeCursor } from '@aethex/shared/http'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { auditActorOf, type Ctx, environmentOf, playerOf } from '../../gateway/context.js'
import { usernamesOf } from '../../players/profiles/service.js'
import { type BoardRef, findPosition, findPositionBehind, place, standings } from './ranks.js'
import type { BoardRules } from './schema.js'
import { enterScore, findBoard, putBoardRules } from './store.js'

export { boardDefinitions } from './promotion.js'

const checkViolation = '23514'

/** Defines a board. Doing it again with the same rules changes nothing; other rules are `board_exists`. */
export async function defineBoard(ctx: Ctx, boardId: string, rules: BoardRules) {
  const environmentId = environmentOf(ctx)
  await ctx.db.transaction(async tx => {
    const stored = await putBoardRules(environmentId, tx, boardId, rules)
    if (stored?.order !== rules.order || stored.keep !== rules.keep) {
      throw new Problem('board_exists')
    }
    if (!stored.is_new) return
    await audit(tx, {
      environmentId,
      actor: auditActorOf(ctx),
      action: 'leaderboards.define',
      target: boardId,
      details: { ...rules },
      requestId: ctx.requestId,
    })
  })
  return { board: { board_id: boardId, ...rules } }
}

// The rules of a board never change, so they may be remembered.
const knownBoards = new LRUCache<string, BoardRef>({ max: 10_000 })

async function getBoard(ctx: Ctx, boardId: string): Promise<BoardRef> {
  const environmentId = environmentOf(ctx)
  const key = `${environmentId} ${boardId}`
  const known = knownBoards.get(key)
  if (known !== undefined) return known
  const rules = await findBoard(environmentId, ctx.db, boardId)
  if (rules === undefined) throw notFound()
  const board = { environmentId, boardId, ...rules }
  knownBoards.set(key, board)
  return board
}

/**
 * Enters the caller's score by the board's rule and answers the place it gives them.
 * A board that adds up refuses a write without an Idempotency-Key: a lost answer would count twice.
 */
export async function submitScore(ctx: Ctx, boardId: string, score: number) {
  const { environmentId, playerId } = playerOf(ctx)
  const board = await getBoard(ctx, boardId)
  if (board.keep === 'sum' && ctx.idempotency === undefined)
    throw new Problem('idempotency_key_required')
  const entered = await once(ctx.db, ctx.idempotency, async db => {
    const entry = await enterScore(environmentId, db, boardId, playerId, score)
    if (entry === undefined) throw notFound()
    return entry
  }).catch(error => {
    if (sqlState(error) !== checkViolation) throw error
    throw new Problem('unsafe_number', {
      detail: 'The sum would leave the range that is kept exactly.',
    })
  })
  return { rank: (await place(ctx, board, entered)) + 1, score: entered.score }
}

// The place where the page before ended. Whoever stood there may have moved since; the place has not.
const Cursor = z.tuple([z.int(), z.int().min(0), z.uuid()])

async function offsetAfter(ctx: Ctx, board: BoardRef, cursor: string | undefined): Promise<number> {
  if (cursor === undefined) return 0
  const [score, achieved_us, player_id] = decodeCursor(Cursor, cursor)
  return findPositionBehind(ctx, board, { score, achieved_us, player_id })
}

async function aroundMe(ctx: Ctx, board: BoardRef, limit: number): Promise<number | undefined> {
  if (ctx.actor.kind !== 'player') {
    throw new Problem('invalid_request', { detail: '`around_me` needs a signed-in player.' })
  }
  const position = await findPosition(ctx, board, ctx.actor.playerId)
  return position === undefined ? undefined : Math.max(0, position - Math.floor((limit - 1) / 2))
}

/** A page of the board: from the top, or with the caller in its middle. */
export async function readBoard(
  ctx: Ctx,
  boardId: string,
  page: { range: 'global' | 'around_me'; limit: number; cursor?: string | undefined },
) {
  const board = await getBoard(ctx, boardId)
  const isMine = page.range === 'around_me'
  const offset = isMine
    ? await aroundMe(ctx, board, page.limit)
    : await offsetAfter(ctx, board, page.cursor)
  if (offset === undefined) return { items: [], next_cursor: null }
  const rows = await standings(ctx, board, offset, page.limit + 1)
  const shown = rows.slice(0, page.limit)
  const names = await usernamesOf(
    board.environmentId,
    ctx.db,
    shown.map(row => row.playerId),
  )
  const items = shown.map(({ playerId, score }, index) => ({
    rank: offset + index + 1,
    user_id: playerId,
    username: names.get(playerId) ?? '',
    score,
  }))
  const last = shown.at(-1)
  const hasMore = !isMine && rows.length > page.limit && last !== undefined
  return {
    items,
    next_cursor: hasMore ? encodeCursor([last.score, last.achievedUs, last.playerId]) : null,
  }
}
