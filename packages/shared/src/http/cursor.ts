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
