import { queryInteger } from '@aethex/shared/http'
import { z } from 'zod'
import { Id, Page } from '../../gateway/shapes.js'

/** Slots are named by games; `history` is a path of its own. */
export const SaveId = z
  .string()
  .regex(/^[a-z0-9_-]{1,64}$/, 'is not 1 to 64 of a-z, 0-9, _ and -')
  .refine(name => name !== 'history', 'is a reserved name')

// Metadata is read with every list, so it stays small; what is large belongs into the data.
const maxMetadata = 32
const Metadata = z
  .record(z.string().max(64), z.union([z.string().max(256), z.number(), z.boolean(), z.null()]))
  .refine(
    metadata => Object.keys(metadata).length <= maxMetadata,
    `has more than ${maxMetadata} entries`,
  )

const highestVersion = 999_999_999

/** One version of a slot. A deleted version is a tombstone: it has no data. */
export const Save = z
  .object({
    save_id: z.string(),
    version: z.int(),
    /** Bytes of the data as JSON. */
    size: z.int(),
    /** SHA-256 of the data as JSON, in hex; null for a tombstone. */
    hash: z.string().nullable(),
    updated_at: z.iso.datetime(),
    metadata: Metadata,
    deleted: z.boolean(),
  })
  .meta({ id: 'Save' })

export const SaveWithData = z.object({ save: Save, data: z.unknown() }).meta({ id: 'SaveWithData' })
export const SaveAnswer = z.object({ save: Save })
export const SaveList = z.object({ items: z.array(Save), next_cursor: z.string().nullable() })

export const OfPlayer = z.strictObject({ user_id: z.union([z.literal('me'), Id]) })
export const OfSlot = OfPlayer.extend({ save_id: SaveId })

export const NewSave = z.strictObject({
  save_id: SaveId,
  /** Any JSON value. */
  data: z.unknown().refine(data => data !== undefined, 'is missing'),
  /** The version this one was made from; 0 for a slot that must not exist yet. Left out: whatever is there. */
  base_version: z.int().min(0).max(highestVersion).optional(),
  metadata: Metadata.optional(),
})

export const ReadSave = z.strictObject({
  version: queryInteger(1, highestVersion).optional(),
})
export const DeleteSave = z.strictObject({
  base_version: queryInteger(0, highestVersion).optional(),
})
export const HistoryPage = Page.extend({ save_id: SaveId })
