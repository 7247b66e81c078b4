import { notFound } from '@aethex/shared/errors'
import { decodeCursor, encodeCursor } from '@aethex/shared/http'
import { z } from 'zod'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { readableBy } from './access.js'
import { Collection, Key } from './schema.js'
import { toDocument } from './shown.js'
import { findDocument, findDocuments, listDocuments, type Place } from './store.js'
import { presentSubject } from './subject.js'

export type { Change, Condition } from './change.js'
export { listDocumentIndexes } from './indexing.js'
export { searchCollection } from './search.js'
export { writeDocument, writeDocuments } from './write-documents.js'

/** A document with its value; 404 for what the caller may not read. */
export async function readDocument(ctx: Ctx, userId: string, place: Place) {
  const { playerId, side } = await presentSubject(ctx, userId)
  const row = await findDocument(environmentOf(ctx), ctx.db, playerId, place, readableBy(side))
  if (row === undefined) throw notFound()
  return { document: toDocument(row) }
}

/** Documents in the order asked for; null for what is not there, or not for the caller. */
export async function readDocuments(ctx: Ctx, userId: string, places: readonly Place[]) {
  const { playerId, side } = await presentSubject(ctx, userId)
  const access = readableBy(side)
  const rows = await findDocuments(environmentOf(ctx), ctx.db, playerId, places, access)
  const found = new Map(rows.map(row => [`${row.collection}/${row.key}`, toDocument(row)]))
  return {
    documents: places.map(({ collection, key }) => found.get(`${collection}/${key}`) ?? null),
  }
}

const Position = z.tuple([Collection, Key])

/** The documents of a player that the caller may read, by collection and key. A page may be cut short by its weight. */
export async function listPlayerDocuments(
  ctx: Ctx,
  userId: string,
  page: { collection?: string | undefined; limit: number; cursor?: string | undefined },
) {
  const { playerId, side } = await presentSubject(ctx, userId)
  const after =
    page.cursor === undefined ? (['', ''] as const) : decodeCursor(Position, page.cursor)
  const rows = await listDocuments(environmentOf(ctx), ctx.db, playerId, {
    collection: page.collection,
    after,
    access: readableBy(side),
    limit: page.limit + 1,
  })
  const shown = rows.slice(0, page.limit)
  const last = shown.at(-1)
  const hasMore = last !== undefined && last.found > shown.length
  return {
    items: shown.map(toDocument),
    next_cursor: hasMore ? encodeCursor([last.collection, last.key]) : null,
  }
}
