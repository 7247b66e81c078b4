import { queryInteger } from '@aethex/shared/http'
import { z } from 'zod'
import { Page, text } from '../../gateway/shapes.js'

export const WorldId = z.string().regex(/^[a-z0-9_-]{1,64}$/, 'is not 1 to 64 of a-z, 0-9, _ and -')
export const OneWorld = z.strictObject({ world_id: WorldId })
export const WorldPage = Page

const Sequence = z.int().min(0)
const highestSequence = Number.MAX_SAFE_INTEGER

/** A sequence in a query string. */
const querySequence = z
  .string()
  .regex(/^\d{1,16}$/, 'is not a whole number')
  .transform(Number)
  .pipe(z.int().min(0).max(highestSequence))
  .meta({ openapi: { type: 'integer', minimum: 0, maximum: highestSequence } })

export const World = z
  .object({
    world_id: z.string(),
    /** Of the newest event; 0 while there is none. */
    last_sequence: Sequence,
    /** Events up to this one are gone. */
    trimmed_sequence: Sequence,
    /** Of the newest snapshot; 0 while there is none. */
    snapshot_version: z.int(),
    snapshot_sequence: Sequence,
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'World' })
export const WorldAnswer = z.object({ world: World })
export const WorldList = z.object({ items: z.array(World), next_cursor: z.string().nullable() })

const eventId = z.string().regex(/^[\w.:-]{1,64}$/, 'is not 1 to 64 letters, digits, _, ., : and -')

const NewEvent = z.strictObject({
  /** Given once by whoever saw it happen, and kept when the event is sent again. */
  event_id: eventId,
  type: text(1, 64),
  /** Any JSON value up to 64 KiB. Not the place for what is known of people. */
  data: z.unknown().refine(data => data !== undefined, 'is missing'),
  /** When it happened; the journal's own time is kept beside it. */
  occurred_at: z.iso.datetime().optional(),
})
export type NewEvent = z.output<typeof NewEvent>

export const NewEvents = z.strictObject({
  /** Appended in this order, all or none. */
  events: z
    .array(NewEvent)
    .min(1)
    .max(500)
    .refine(
      events => new Set(events.map(event => event.event_id)).size === events.length,
      'names an event twice',
    ),
  /** The newest event that the sender knows of; when the journal has moved on, nothing is appended. */
  expected_sequence: Sequence.optional(),
})

export const Appended = z.object({
  /** In the order of the events. */
  events: z.array(
    z.object({
      event_id: z.string(),
      sequence: Sequence,
      /** It was in the journal before. */
      repeated: z.boolean(),
    }),
  ),
  last_sequence: Sequence,
})

export const WorldEvent = z
  .object({
    sequence: Sequence,
    event_id: z.string(),
    type: z.string(),
    data: z.unknown(),
    occurred_at: z.iso.datetime().nullable(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'WorldEvent' })

export const EventsAfter = z.strictObject({
  after: querySequence.default(0),
  limit: queryInteger(1, 1_000).default(100),
})
export const EventList = z.object({
  items: z.array(WorldEvent),
  /** What the next call names as `after`; null at the end of the journal. */
  next_after: Sequence.nullable(),
  last_sequence: Sequence,
})

export const NewSnapshot = z.strictObject({
  /** The newest event that the state has seen. */
  sequence: Sequence,
  /** Any JSON value up to 8 MiB. Not the place for what is known of people. */
  state: z.unknown().refine(state => state !== undefined, 'is missing'),
})
export const Snapshot = z
  .object({
    world_id: z.string(),
    version: z.int(),
    sequence: Sequence,
    /** Bytes of the state as JSON, and their SHA-256 in hex. */
    size: z.int(),
    hash: z.string(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'WorldSnapshot' })
export const SnapshotAnswer = z.object({ snapshot: Snapshot })
export const SnapshotWithState = z.object({ snapshot: Snapshot, state: z.unknown() })
export const SnapshotAt = z.strictObject({ at_sequence: querySequence.optional() })
