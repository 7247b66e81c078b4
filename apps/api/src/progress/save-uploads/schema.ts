import { queryInteger } from '@aethex/shared/http'
import { z } from 'zod'
import { Id } from '../../gateway/shapes.js'
import { ContentType, Facts, OfSlot, OnConflict, Version } from '../saves/schema.js'

export { OfSlot, WriteAnswer } from '../saves/schema.js'

const gibibyte = 2 ** 30

/** The largest file that comes in parts; what the player's limit allows may be less. */
export const mostUploadBytes = 5 * gibibyte
/** All parts have so many bytes, but for the last. */
export const partBytes = 8 * 2 ** 20
const mostParts = Math.ceil(mostUploadBytes / partBytes)
/** How many presigned addresses one answer holds. */
export const mostUrls = 50

export const BeginUpload = Facts.extend({
  /** Bytes of the whole. */
  size: z.int().min(1).max(mostUploadBytes),
  /** SHA-256 of the whole, in hex. */
  hash: z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in hex'),
  /** Not `application/json`: documents are sent whole. */
  content_type: ContentType.refine(
    type => !/^application\/json(;|$)/.test(type),
    'is that of a document, which is sent whole',
  ),
  /** As of a write in one request. */
  base_version: Version.optional(),
  on_conflict: OnConflict.optional(),
  /** The parts go to the object store by themselves, to the addresses in `urls`. */
  direct: z.boolean().optional(),
})
export type BeginUpload = z.output<typeof BeginUpload>

/** What is kept of a begun upload for its end. The strategy is settled when it begins. */
export const Asked = Facts.extend({
  base_version: Version.optional(),
  on_conflict: OnConflict,
})
export type Asked = z.output<typeof Asked>

const Part = queryInteger(1, mostParts)

export const OfUpload = OfSlot.extend({ upload_id: Id })
export const OfPart = OfUpload.extend({ part: Part })

export const ReadUpload = z.strictObject({
  /** Parts whose addresses are wanted, such as `3,4,5`: of a direct upload only. */
  urls: z
    .string()
    .regex(/^\d{1,4}(,\d{1,4})*$/, 'is not a list of parts, such as 3,4,5')
    .transform(text => text.split(',').map(Number))
    .refine(parts => parts.length <= mostUrls, `has more than ${mostUrls} parts`)
    .meta({ openapi: { type: 'string', pattern: '^\\d{1,4}(,\\d{1,4})*$' } })
    .optional(),
})

export const Upload = z
  .object({
    upload_id: z.string(),
    save_id: z.string(),
    size: z.int(),
    hash: z.string(),
    content_type: z.string(),
    /** How many bytes each part has; the last has what is left. */
    part_bytes: z.int(),
    /** How many parts there are, from 1 on. */
    parts: z.int(),
    /** Which of them are there. */
    received: z.array(z.int()),
    direct: z.boolean(),
    state: z.enum(['open', 'done']),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'SaveUpload' })

/** Where a part of a direct upload goes: exactly so many bytes of that type, by PUT, within five minutes. */
export const PartUrl = z
  .object({
    part: z.int(),
    url: z.string(),
    size: z.int(),
    content_type: z.string(),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'SaveUploadUrl' })

export const UploadAnswer = z.object({
  upload: Upload,
  /** Of a direct upload, for parts that are not there yet. */
  urls: z.array(PartUrl).optional(),
})
