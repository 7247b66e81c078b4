import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import type { RoomKindMaker } from './room.js'

const Kinds = z.object({
  default: z.record(
    z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/),
    z.custom<RoomKindMaker>(value => typeof value === 'function', 'is not a function'),
  ),
})

/** The kinds of rooms that whoever runs the relay has written. Throws, and the node does not start, when they cannot be read. */
export async function loadKinds(module: string | undefined): Promise<[string, RoomKindMaker][]> {
  if (module === undefined) return []
  const loaded: unknown = await import(pathToFileURL(path.resolve(module)).href)
  const parsed = Kinds.safeParse({ ...(typeof loaded === 'object' ? loaded : {}) })
  if (!parsed.success) {
    throw new Error(`ROOM_KINDS: ${module} has no kinds: ${z.prettifyError(parsed.error)}`)
  }
  return Object.entries(parsed.data.default)
}
