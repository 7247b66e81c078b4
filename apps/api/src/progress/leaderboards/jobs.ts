import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import type { Parts } from '../../gateway/context.js'
import { applyEntry, findWatermark, isReady, setWatermark } from './rank-index.js'
import { type EntryRow, listChangedSince } from './store.js'

const everyMs = 3_000
const pageSize = 5_000
// A change is visible only after its commit, which may come seconds after its timestamp.
const overlapSeconds = 15

async function applyToReadyBoards({ redis }: Pick<Parts, 'redis'>, rows: readonly EntryRow[]) {
  const ready = new Map<string, boolean>()
  for (const row of rows) {
    const board = `${row.environment_id} ${row.board_id}`
    const known = ready.get(board) ?? (await isReady(redis, row.environment_id, row.board_id))
    ready.set(board, known)
    if (known) await applyEntry(redis, row)
  }
}

/**
 * Applies what a crash or an outage kept from the rank index. The watermark lives in Redis beside the
 * ranks, so a Redis that comes back older also asks for more.
 */
export async function catchUp({ db, redis }: Pick<Parts, 'db' | 'redis'>): Promise<void> {
  const from = (await findWatermark(redis)) ?? Date.now() / 1_000
  let since = from - overlapSeconds
  let newest = from
  for (;;) {
    const rows = await listChangedSince(since, db, pageSize)
    await applyToReadyBoards({ redis }, rows)
    const last = rows.at(-1)
    if (last !== undefined) newest = Math.max(newest, last.updated_us / 1_000_000)
    if (last === undefined || rows.length < pageSize) break
    since = last.updated_us / 1_000_000
  }
  await setWatermark(redis, newest)
}

/** Keeps doing so every few seconds. */
export function keepRanksTrue(parts: Pick<Parts, 'db' | 'redis'>, log: Logger): Closable {
  let closed = false
  let timer: NodeJS.Timeout | undefined
  let round = Promise.resolve()
  const turn = () => {
    round = catchUp(parts)
      .catch(error => log.warn({ err: error }, 'the rank index is behind'))
      .then(() => {
        if (!closed) timer = setTimeout(turn, everyMs)
      })
  }
  turn()
  return {
    close: async () => {
      closed = true
      clearTimeout(timer)
      await round
    },
  }
}
