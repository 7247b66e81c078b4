import { z } from 'zod'

const maxPropertiesBytes = 8_192

const isScalar = (value: unknown) => typeof value !== 'object' || value === null
const isFlat = (value: unknown) =>
  typeof value !== 'object' || value === null || Object.values(value).every(isScalar)

/** What an event is called: `level.finished`. */
export const EventName = z.string().regex(/^[a-z0-9_.:-]{1,64}$/)

const Properties = z
  .record(z.string().min(1).max(64), z.unknown())
  .refine(properties => Object.values(properties).every(isFlat), 'is nested more than one level')
  .refine(
    properties => Buffer.byteLength(JSON.stringify(properties)) <= maxPropertiesBytes,
    `is larger than ${maxPropertiesBytes} bytes`,
  )

export const Event = z.strictObject({
  /** Chosen by the sender; an id sent again is the same event. */
  event_id: z.uuid(),
  name: EventName,
  /** When it happened, by the sender's clock. */
  time: z.iso.datetime({ offset: true }).max(40),
  properties: Properties.optional(),
  /** Whom it is about; only a secret key may say so. */
  player_id: z.uuid().optional(),
})
export type Event = z.output<typeof Event>

export const EventBatch = z.strictObject({ events: z.array(Event).min(1).max(500) })

export const Accepted = z.strictObject({ accepted: z.int() })
