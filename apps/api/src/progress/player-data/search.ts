import { createHash } from 'node:crypto'
import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { decodeCursor, encodeCursor } from '@aethex/shared/http'
import { z } from 'zod'
import { type Ctx, environmentOf } from '../../gateway/context.js'
import { readSetting } from '../../studio/settings/service.js'
import { encodeField, type FieldType } from './field.js'
import { type IndexRow, listIndexesOf } from './index-store.js'
import type { Condition, Search } from './search-schema.js'
import { type Span, searchDocuments } from './search-store.js'
import { documentIndexes } from './settings.js'
import { toDocument } from './shown.js'

const invalid = (pointer: string, reason: string) =>
  new Problem('invalid_request', {
    detail: `${pointer}: ${reason}`,
    errors: [{ pointer, reason }],
  })

/** The indexes of the fields that are asked for; throws when one is not declared, or not ready. */
async function indexesFor(environmentId: string, db: Db, collection: string, asked: Search) {
  const { collections } = await readSetting(environmentId, db, documentIndexes)
  const declared = collections[collection] ?? []
  const rows = await listIndexesOf(environmentId, db, [collection])
  const indexes = new Map<string, IndexRow>()
  const fields = [
    ...asked.where.map(({ field }, at) => [field, `/where/${at}/field`] as const),
    ...(asked.order === undefined ? [] : [[asked.order.field, '/order/field'] as const]),
  ]
  for (const [field, pointer] of fields) {
    const known = declared.find(({ path }) => path === field)
    if (known === undefined) throw invalid(pointer, 'is not declared as an index')
    const row = rows.find(({ path, type }) => path === field && type === known.type)
    if (row?.state !== 'ready') {
      const progress = { field, done: row?.done ?? 0, total: row?.total ?? null }
      throw new Problem('index_not_ready', { extensions: progress })
    }
    indexes.set(field, row)
  }
  return indexes
}

function bytesOf(type: FieldType, value: unknown, pointer: string): Buffer {
  const bytes = encodeField(type, value)
  if (bytes === undefined) throw invalid(pointer, `is not a ${type}, as the index is declared`)
  return bytes
}

/** A condition in the terms of its index. */
function spanOf({ id, type }: IndexRow, condition: Condition, pointer: string): Span {
  const { eq, in: list, gt, gte, lt, lte } = condition
  if (eq !== undefined) return { indexId: id, oneOf: [bytesOf(type, eq, `${pointer}/eq`)] }
  if (list !== undefined) {
    const oneOf = list.map((value, at) => bytesOf(type, value, `${pointer}/in/${at}`))
    return { indexId: id, oneOf }
  }
  const end = (name: string, value: unknown, included: boolean) => ({
    value: bytesOf(type, value, `${pointer}/${name}`),
    included,
  })
  const low =
    gte === undefined
      ? gt === undefined
        ? undefined
        : end('gt', gt, false)
      : end('gte', gte, true)
  const high =
    lte === undefined
      ? lt === undefined
        ? undefined
        : end('lt', lt, false)
      : end('lte', lte, true)
  return {
    indexId: id,
    ...(low === undefined ? {} : { from: low }),
    ...(high === undefined ? {} : { to: high }),
  }
}

const Position = z.tuple([z.string(), z.base64url(), z.uuid(), z.string().max(64)])

/** A cursor belongs to one search: its first part tells which. */
const nameOf = (collection: string, { where, order }: Search) =>
  createHash('sha256')
    .update(JSON.stringify([collection, where, order]))
    .digest('base64url')
    .slice(0, 12)

function afterOf(name: string, cursor: string | undefined) {
  if (cursor === undefined) return undefined
  const [of, value, playerId, key] = decodeCursor(Position, cursor)
  if (of !== name) throw new Problem('invalid_cursor')
  return { value: Buffer.from(value, 'base64url'), playerId, key }
}

/**
 * Documents of all players whose indexed fields fit; of players only the public ones are found.
 * Throws `invalid_request` for a field without an index or a value of another type, and `index_not_ready`.
 */
export async function searchCollection(ctx: Ctx, collection: string, asked: Search) {
  const environmentId = environmentOf(ctx)
  const indexes = await indexesFor(environmentId, ctx.db, collection, asked)
  const spans = asked.where.flatMap((condition, at) => {
    const index = indexes.get(condition.field)
    return index === undefined ? [] : [spanOf(index, condition, `/where/${at}`)]
  })
  const orderId = indexes.get(asked.order?.field ?? asked.where[0]?.field ?? '')?.id ?? ''
  const order = spans.find(span => span.indexId === orderId) ?? { indexId: orderId }
  const name = nameOf(collection, asked)
  const rows = await searchDocuments(environmentId, ctx.db, {
    order,
    others: spans.filter(span => span !== order),
    direction: asked.order?.direction ?? 'asc',
    publicOnly: ctx.actor.kind === 'player',
    after: afterOf(name, asked.cursor),
    limit: asked.limit + 1,
  })
  const shown = rows.slice(0, asked.limit)
  const last = shown.at(-1)
  const hasMore = last !== undefined && last.found > shown.length
  return {
    items: shown.map(toDocument),
    next_cursor: hasMore
      ? encodeCursor([name, last.at.toString('base64url'), last.player_id, last.key])
      : null,
  }
}
