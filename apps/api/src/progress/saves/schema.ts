import { queryInteger } from '@aethex/shared/http'
import { z } from 'zod'
import { Id, Page, text } from '../../gateway/shapes.js'
import { ConflictStrategy, Preview } from './conflict-shapes.js'

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
/** A version that was written; 0 stands for "there must be none". */
export const Version = z.int().min(0).max(highestVersion)

/** RFC 6838 type and subtype, with parameters that need no quotes. */
export const ContentType = z
  .string()
  .max(127)
  .regex(
    /^[a-z0-9][\w.+-]{0,62}\/[a-z0-9][\w.+-]{0,62}(; ?[\w-]+=[\w.+-]+){0,2}$/i,
    'is not a media type',
  )
  .toLowerCase()

/** What the device tells of a version beside its content. All of it is shown, none of it decides by itself. */
export const Facts = z.strictObject({
  /** For people: the slot's title in a list. */
  name: text(1, 100).optional(),
  device: text(1, 100).optional(),
  platform: z
    .string()
    .regex(/^[a-z0-9_-]{1,32}$/, 'is not 1 to 32 of a-z, 0-9, _ and -')
    .optional(),
  /** What the device's clock said when the game was saved. */
  client_time: z.iso.datetime({ offset: true }).optional(),
  play_time_seconds: z.number().min(0).max(1e12).optional(),
  /** Of the game's own format; 0 unless said. */
  schema_version: z.int().min(0).max(1_000_000).optional(),
  metadata: Metadata.optional(),
})
export type Facts = z.output<typeof Facts>

const Thumbnail = z.object({ type: z.string(), size: z.int() })

/** One version of a slot. A deleted version is a tombstone: it has no data. */
export const Save = z
  .object({
    save_id: z.string(),
    version: z.int(),
    /** Bytes of the content: of a document, its JSON. This is what counts for the quota. */
    size: z.int(),
    /** What this version added to the object store; versions of a slot share what they have in common. */
    stored_size: z.int(),
    /** SHA-256 of the content, in hex; null for a tombstone. */
    hash: z.string().nullable(),
    /** `application/json` for documents; null for a tombstone. */
    content_type: z.string().nullable(),
    updated_at: z.iso.datetime(),
    metadata: Metadata,
    name: z.string().nullable(),
    device: z.string().nullable(),
    platform: z.string().nullable(),
    client_time: z.iso.datetime().nullable(),
    play_time_seconds: z.number().nullable(),
    schema_version: z.int(),
    thumbnail: Thumbnail.nullable(),
    pinned: z.boolean(),
    /** The head that this version was written over, when its writer named one. */
    base_version: z.int().nullable(),
    /** Where the writer's content was merged with a newer head: the version that it was made from. */
    merged_version: z.int().nullable(),
    restored_from: z.int().nullable(),
    migrated_from: z.int().nullable(),
    deleted: z.boolean(),
  })
  .meta({ id: 'Save' })
export type Save = z.input<typeof Save>

/** `data` is null for a tombstone, for a file, and where `data_omitted` says so: a document too large to be carried along. */
export const SaveWithData = z
  .object({
    save: Save,
    data: z.unknown(),
    data_omitted: z.boolean().optional(),
    /** The format that `data` was brought to for this answer; `save.schema_version` is the one it is stored in. */
    migrated_to: z.int().optional(),
  })
  .meta({ id: 'SaveWithData' })
export const SaveAnswer = z.object({ save: Save })

/** What came of a write that met a newer version. */
export const Resolution = z
  .object({
    strategy: ConflictStrategy,
    /** Whose content the new version has; `branched`: the writer's, in a slot of its own. */
    outcome: z.enum(['mine', 'theirs', 'merged', 'branched']),
    /** The version that was met. */
    met_version: z.int(),
    preview: Preview,
  })
  .meta({ id: 'SaveResolution' })
export type Resolution = z.output<typeof Resolution>

export const WriteAnswer = z.object({ save: Save, resolution: Resolution.nullable() })

/** A slot in a list: its newest version, and where it came from. */
export const Slot = Save.extend({
  /** Kept apart from that slot in a conflict; `version` is what both sides were made from. */
  branch_of: z.object({ save_id: z.string(), version: z.int() }).nullable(),
}).meta({ id: 'SaveSlot' })
/** What the saves of a player take. */
export const SavesUsage = z
  .object({
    /** The living slots as the player sees them: this is held against the limit. */
    billed_bytes: z.int(),
    /** All versions that are kept, as they lie in the store. */
    stored_bytes: z.int(),
    /** Null without a limit. */
    limit_bytes: z.int().nullable(),
  })
  .meta({ id: 'SavesUsage' })
export const SlotList = z.object({
  items: z.array(Slot),
  next_cursor: z.string().nullable(),
  usage: SavesUsage,
})
export const SaveList = z.object({ items: z.array(Save), next_cursor: z.string().nullable() })

export const OfPlayer = z.strictObject({ user_id: z.union([z.literal('me'), Id]) })
export const OfSlot = OfPlayer.extend({ save_id: SaveId })

export const OnConflict = z.strictObject({
  strategy: ConflictStrategy.optional(),
  /** For `keep_both`: what the other slot is called after this one, `<slot>-<branch>`. */
  branch: z
    .string()
    .regex(/^[a-z0-9_-]{1,32}$/, 'is not 1 to 32 of a-z, 0-9, _ and -')
    .optional(),
})
export type OnConflict = z.output<typeof OnConflict>

export const NewSave = Facts.extend({
  save_id: SaveId,
  /** Any JSON value. */
  data: z.unknown().refine(data => data !== undefined, 'is missing'),
  /** The version this one was made from; 0 for a slot that must not exist yet. Left out: whatever is there, if it is alive. */
  base_version: Version.optional(),
  /** What to do when a newer version is met; as the environment's setting `saves.conflicts` says where it is left out. */
  on_conflict: OnConflict.optional(),
})

export const ReadSave = z.strictObject({
  version: queryInteger(1, highestVersion).optional(),
  /** The format the game reads: an older document is brought to it by the studio's migrations. */
  schema_version: queryInteger(0, 1_000_000).optional(),
})
export const DeleteSave = z.strictObject({
  base_version: queryInteger(0, highestVersion).optional(),
})
export const HistoryPage = Page.extend({ save_id: SaveId })

export const RestoreSave = z.strictObject({
  version: z.int().min(1).max(highestVersion),
  /** The head it is to be restored over; left out: whatever is there. */
  base_version: Version.optional(),
})
export const OneOfSlot = z.strictObject({ version: queryInteger(1, highestVersion).optional() })
export const OfVersion = OfSlot.extend({ version: queryInteger(1, highestVersion) })
export const TwoVersions = z.strictObject({
  from: queryInteger(1, highestVersion),
  to: queryInteger(1, highestVersion),
})

const PatchOperation = z.object({
  op: z.enum(['add', 'remove', 'replace']),
  path: z.string(),
  value: z.unknown().optional(),
})
export const Difference = z
  .object({
    from: z.int(),
    to: z.int(),
    /** RFC 6902: makes the one document from the other; null for files. */
    patch: z.array(PatchOperation).nullable(),
    /** The bytes of `to` that are not those of `from` at the same offset; null for documents. */
    ranges: z.array(z.object({ offset: z.int(), length: z.int() })).nullable(),
  })
  .meta({ id: 'SaveDifference' })
