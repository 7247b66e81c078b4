import { createHash } from 'node:crypto'
import { z } from 'zod'

/** What a device saves: who made it, in which round of merging, and something that takes room. */
export const Made = z.object({ op: z.string(), round: z.int(), filler: z.string() })
export type Made = z.output<typeof Made>

/** The SHA-256 of data as the API counts it: over its JSON. */
export const hashOf = (data: unknown): string =>
  createHash('sha256').update(JSON.stringify(data)).digest('hex')

/** Whose data it is; undefined for what no device has made. */
export const makerOf = (data: unknown): Made | undefined => Made.safeParse(data).data
