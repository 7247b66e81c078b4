import { randomUUID } from 'node:crypto'
import type { Parts } from '../../gateway/context.js'
import { applyEntries, beginRebuild, finishRebuild, renewRebuild } from './rank-index.js'
import { listEntries } from './store.js'

type Stores = Pick<Parts, 'db' | 'redis'>

const firstPlayer = '00000000-0000-0000-0000-000000000000'
const pageSize = 500

/**
 * Enters every row of a board into the index, once among all processes. Safe beside writes: the index never
 * goes back a revision, and whoever writes meanwhile enters their own row.
 */
export async function rebuild(
  { db, redis }: Stores,
  environmentId: string,
  boardId: string,
): Promise<void> {
  const rebuildId = randomUUID()
  if (!(await beginRebuild(redis, environmentId, boardId, rebuildId))) return
  for (let after = firstPlayer; ; ) {
    const page = await listEntries(environmentId, db, boardId, after, pageSize)
    await applyEntries(redis, page)
    const last = page.at(-1)
    if (last === undefined || page.length < pageSize) break
    after = last.player_id
    if (!(await renewRebuild(redis, environmentId, boardId, rebuildId))) return
  }
  await finishRebuild(redis, environmentId, boardId, rebuildId)
}

const underway = new WeakMap<Stores['redis'], Set<string>>()

/** Starts a rebuild that nobody waits for, unless this process is at it already. */
export function rebuildInBackground(stores: Stores, environmentId: string, boardId: string): void {
  const boards = underway.get(stores.redis) ?? new Set()
  underway.set(stores.redis, boards)
  const board = `${environmentId} ${boardId}`
  if (boards.has(board)) return
  boards.add(board)
  rebuild(stores, environmentId, boardId)
    // Redis or PostgreSQL is out; the next request for the board begins anew.
    .catch(() => undefined)
    .finally(() => boards.delete(board))
}
