import { decodeCursor, pageOf } from '@aethex/shared/http'
import { z } from 'zod'
import { type Ctx, playerOf } from '../../gateway/context.js'
import { listBlocks } from './block-store.js'
import { listRequestsGot, listRequestsMade } from './request-store.js'
import { type ListedRow, listFriendships, type Position } from './store.js'

interface PageWish {
  limit: number
  cursor?: string | undefined
}

const Cursor = z.tuple([z.iso.datetime().transform(text => new Date(text)), z.uuid()])

/** One page, newest first, of rows that `read` finds after a position. */
async function readPage<T>(
  { limit, cursor }: PageWish,
  read: (after: Position | undefined, limit: number) => Promise<ListedRow[]>,
  toItem: (row: ListedRow) => T,
) {
  const at = cursor === undefined ? undefined : decodeCursor(Cursor, cursor)
  const after = at === undefined ? undefined : { at: at[0], userId: at[1] }
  const rows = await read(after, limit + 1)
  return pageOf(rows, limit, toItem, row => [row.at.toISOString(), row.user_id])
}

const shown = ({ user_id, username, avatar_url }: ListedRow) => ({ user_id, username, avatar_url })

export function listFriends(ctx: Ctx, wish: PageWish) {
  const { environmentId, playerId } = playerOf(ctx)
  return readPage(
    wish,
    (after, limit) => listFriendships(environmentId, ctx.db, playerId, after, limit),
    row => ({ ...shown(row), since: row.at.toISOString() }),
  )
}

export function listRequests(ctx: Ctx, wish: PageWish & { direction: 'incoming' | 'outgoing' }) {
  const { environmentId, playerId } = playerOf(ctx)
  const list = wish.direction === 'incoming' ? listRequestsGot : listRequestsMade
  const now = ctx.now()
  return readPage(
    wish,
    (after, limit) => list(environmentId, ctx.db, playerId, { after, limit, now }),
    row => ({ ...shown(row), created_at: row.at.toISOString() }),
  )
}

export function listMyBlocks(ctx: Ctx, wish: PageWish) {
  const { environmentId, playerId } = playerOf(ctx)
  return readPage(
    wish,
    (after, limit) => listBlocks(environmentId, ctx.db, playerId, after, limit),
    row => ({ ...shown(row), blocked_at: row.at.toISOString() }),
  )
}
