import { decodeCursor, pageOf } from '@aethex/shared/http'
import { z } from 'zod'
import type { PageOf } from './store.js'

export interface Page {
  limit: number
  cursor?: string | undefined
}

/** One page of rows that are listed by an id. */
export async function pageById<Row>(
  { limit, cursor }: Page,
  list: (page: PageOf) => Promise<Row[]>,
  idOf: (row: Row) => string,
) {
  const after = cursor === undefined ? undefined : decodeCursor(z.uuid(), cursor)
  const rows = await list({ after, limit: limit + 1 })
  return pageOf(rows, limit, row => row, idOf)
}
