import { z } from 'zod'
import { Id, Page, text } from '../../gateway/shapes.js'

export const AuditEntry = z
  .object({
    id: z.uuid(),
    organization_id: z.uuid().nullable(),
    environment_id: z.uuid().nullable(),
    /** `member`, `server`, `player`, `client`, `public`, `job`; and which one. */
    actor: z.object({ kind: z.string(), id: z.string().nullable() }),
    /** The id of the route or job. */
    action: z.string(),
    target: z.string().nullable(),
    details: z.record(z.string(), z.unknown()),
    request_id: z.string(),
    /** To the microsecond. */
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'AuditEntry' })

const Moment = z.iso.datetime({ offset: true })

/** From the first moment on, up to but without the second. */
const period = { from: Moment.optional(), to: Moment.optional() }

export const OneOrganization = z.strictObject({ organization_id: Id })

export const AuditSearch = z.strictObject({
  ...Page.shape,
  ...period,
  /** The id of who did it. */
  actor: text(1, 100).optional(),
  action: text(1, 100).optional(),
  target: text(1, 200).optional(),
  environment_id: Id.optional(),
})

export const AuditList = z.object({
  items: z.array(AuditEntry),
  next_cursor: z.string().nullable(),
})

export const AuditPeriod = z.strictObject(period)

/** A link of the chain: its number and its hash, in hexadecimal. */
const Link = z.object({ seq: z.int(), hash: z.string() })

/** A link that was noted down earlier; both or neither. */
export const KnownLink = z
  .strictObject({
    known_seq: z
      .string()
      .regex(/^[1-9]\d{0,14}$/, 'is not the number of a link')
      .optional(),
    known_hash: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in small hexadecimal')
      .optional(),
  })
  .refine(({ known_seq, known_hash }) => (known_seq === undefined) === (known_hash === undefined), {
    path: ['known_hash'],
    error: 'goes together with known_seq',
  })

export const breaks = [
  'link_missing',
  'link_changed',
  'entry_missing',
  'entry_changed',
  'entry_unsealed',
  'known_link_missing',
] as const

export const Verification = z
  .object({
    intact: z.boolean(),
    /** How many links were found whole. */
    checked: z.int(),
    /** The last link that was found whole; null for an empty chain. */
    head: Link.nullable(),
    first_break: z
      .object({
        reason: z.enum(breaks),
        /** The link's number; null for an entry that has none. */
        seq: z.int().nullable(),
        entry_id: z.uuid().nullable(),
      })
      .optional(),
  })
  .meta({ id: 'AuditVerification' })
