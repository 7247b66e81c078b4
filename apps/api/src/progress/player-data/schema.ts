import { z } from 'zod'
import { Id, Page } from '../../gateway/shapes.js'

const name = z.string().regex(/^[a-z0-9_-]{1,64}$/, 'is not 1 to 64 of a-z, 0-9, _ and -')
export const Collection = name
export const Key = name

/**
 * Who reads and who writes beside the studio's server, which does both:
 * `private` its owner · `public` everybody reads, its owner writes · `owner` its owner reads · `server` nobody.
 */
export const Access = z.enum(['private', 'owner', 'public', 'server'])
export type Access = z.output<typeof Access>

const Value = z.unknown().refine(value => value !== undefined, 'is missing')
/** RFC 7396: what is null goes, what is an object is merged, what else there is takes the place of what was. */
const MergePatch = z.record(z.string(), z.unknown())

const Facts = {
  user_id: z.string(),
  collection: z.string(),
  key: z.string(),
  access: Access,
  /** Goes up with every write; no version of a key comes twice, also after the document was deleted. */
  version: z.int(),
  /** Bytes of the value as JSON. */
  size: z.int(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
}

export const Document = z.object({ ...Facts, value: z.unknown() }).meta({ id: 'Document' })
/** A document as a write leaves it; its writer has the value. */
export const WrittenDocument = z.object(Facts).meta({ id: 'WrittenDocument' })

export const DocumentAnswer = z.object({ document: Document })
export const WrittenAnswer = z.object({ document: WrittenDocument })
export const DocumentList = z.object({
  items: z.array(Document),
  next_cursor: z.string().nullable(),
})

export const OfPlayer = z.strictObject({ user_id: z.union([z.literal('me'), Id]) })
export const OneDocument = OfPlayer.extend({ collection: Collection, key: Key })
export const DocumentPage = Page.extend({ collection: Collection.optional() })

export const NewValue = z.strictObject({
  /** Left out: as it is, and `private` for a new document. */
  access: Access.optional(),
  /** Any JSON value up to 256 KiB. */
  value: Value,
})
export const ValuePatch = z.strictObject({ access: Access.optional(), patch: MergePatch })

const Place = { collection: Collection, key: Key }
/** The version that the document must be at; 0 stands for none. Left out: whatever is there. */
const Condition = { if_version: z.int().min(0).max(2_147_483_647).optional() }
const Put = z.strictObject({ op: z.literal('put'), ...Place, ...Condition, ...NewValue.shape })
const Patch = z.strictObject({
  op: z.literal('patch'),
  ...Place,
  ...Condition,
  ...ValuePatch.shape,
})
const Delete = z.strictObject({ op: z.literal('delete'), ...Place, ...Condition })

const areDifferent = (places: readonly { collection: string; key: string }[]) =>
  new Set(places.map(({ collection, key }) => `${collection}/${key}`)).size === places.length

export const WriteBatch = z.strictObject({
  writes: z
    .array(z.discriminatedUnion('op', [Put, Patch, Delete]))
    .min(1)
    .max(20)
    .refine(areDifferent, 'names a document twice'),
})
export const WrittenBatch = z.object({
  /** In the order of the writes; null for what was deleted. */
  documents: z.array(WrittenDocument.nullable()),
})

export const ReadBatch = z.strictObject({
  documents: z
    .array(z.strictObject(Place))
    .min(1)
    .max(50)
    .refine(areDifferent, 'names a document twice'),
})
export const FoundBatch = z.object({
  /** In the order asked for; null for what is not there, or not for the caller. */
  documents: z.array(Document.nullable()),
})
