import { decodeCursor, encodeCursor } from '@aethex/shared/http'
import { z } from 'zod'
import type { PageOf } from './store.js'

export interface Page {
  limit: number
  cursor?: string | undefined
}

/** One page of rows that are listed by an id. */
export async function pageOf<Row>(
  { limit, cursor }: Page,
  list: (page: PageOf) => Promise<Row[]>,
  idOf: (row: Row) => string,
) {
  const after = cursor === undefined ? undefined : decodeCursor(z.uuid(), cursor)
  const rows = await list({ after, limit: limit + 1 })
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const hasMore = rows.length > limit && last !== undefined
  return { items, next_cursor: hasMore ? encodeCursor(idOf(last)) : null }
}
