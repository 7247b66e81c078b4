import type { z } from 'zod'
import { Problem } from '../errors/index.js'

/** A position in a list, opaque to the caller. */
export const encodeCursor = (position: unknown) =>
  Buffer.from(JSON.stringify(position)).toString('base64url')

/** Reads a cursor back; what this list cannot have made is refused with `invalid_cursor`. */
export function decodeCursor<S extends z.ZodType>(schema: S, cursor: string): z.output<S> {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
  } catch {
    throw new Problem('invalid_cursor')
  }
}

/**
 * A page of a list, of rows that were asked for one above the limit: the row too many tells that there is more, and the
 * cursor names the position of the last one that is shown.
 */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  positionOf: (row: Row) => unknown,
): { items: Item[]; next_cursor: string | null } {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const isCut = rows.length > limit && last !== undefined
  return { items: shown.map(toItem), next_cursor: isCut ? encodeCursor(positionOf(last)) : null }
}
