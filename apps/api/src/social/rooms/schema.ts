import { compileStateSchema, StateSchemaError } from '@aethex/sdk/state-schema'
import { Name } from '@aethex/shared/matchmaking'
import { ListedRoom } from '@aethex/shared/rooms'
import { z } from 'zod'
import { Id, Page, text } from '../../gateway/shapes.js'

const most = { members: 100, teams: 16, invited: 100, propertyBytes: 4_096, filters: 5 }

export const KindName = z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/, 'is not a to z, 0 to 9, _ or -')
export const MaxMembers = z.int().min(1).max(most.members)
/** Milliseconds; within a tick everything due to a member leaves as one frame, and 0 is at once. */
export const TickMs = z.int().min(0).max(1_000)
export const ReconnectSeconds = z.int().min(0).max(300)

/** How states travel that are declared; see `@aethex/sdk/state-schema`. */
export const StateSchema = z.record(z.string(), z.unknown()).superRefine((value, { addIssue }) => {
  try {
    compileStateSchema(value)
  } catch (error) {
    if (!(error instanceof StateSchemaError)) throw error
    addIssue({ code: 'custom', message: error.message })
  }
})

export const Properties = z
  .record(text(1, 64), z.unknown())
  .refine(
    value => Buffer.byteLength(JSON.stringify(value)) <= most.propertyBytes,
    'is over 4 KiB as JSON',
  )

const Team = text(1, 32)
export const Teams = z
  .array(Team)
  .min(1)
  .max(most.teams)
  .refine(names => new Set(names).size === names.length, 'names a team twice')

export const NewRoom = z.strictObject({
  kind: KindName.default('relay'),
  name: text(1, 64).optional(),
  max_members: MaxMembers.optional(),
  tick_ms: TickMs.optional(),
  reconnect_seconds: ReconnectSeconds.optional(),
  state_schema: StateSchema.optional(),
  properties: Properties.default({}),
  /** Strangers find it in lists. */
  is_listed: z.boolean().default(false),
  /** Who has not been invited has to know its code. */
  is_private: z.boolean().default(false),
  teams: Teams.optional(),
  /** Where its members are sent, if a relay node stands there: a name such as those of matchmaking. */
  region: Name.optional(),
  invited: z.array(Id).max(most.invited).default([]),
  /** One of its members has a say in it. Of a player's room that is the player; of a server's nobody unless said. */
  is_hosted: z.boolean().optional(),
  /** For servers: who has the say. */
  host_id: Id.optional(),
})
export type NewRoom = z.output<typeof NewRoom>

export const ListedRoomShape = ListedRoom.meta({ id: 'ListedRoom' })

export const Room = ListedRoom.extend({
  is_listed: z.boolean(),
  /** What opens a private room; null for who is neither its host nor a server, nor came by it. */
  code: z.string().nullable(),
  /** Who is kept out for as long as there is this room; null for who is neither its host nor a server. */
  banned: z.array(z.string()).nullable(),
}).meta({ id: 'Room' })

export const RoomAnswer = z.object({ room: Room })
export const RoomList = z.object({
  items: z.array(ListedRoomShape),
  next_cursor: z.string().nullable(),
})

export const OneRoom = z.strictObject({
  room_id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'is 1 to 64 letters, digits, _ or -'),
})
export const RoomCode = z.strictObject({ code: text(1, 32) })

const Scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])
const Range = z
  .strictObject({ min: z.number().optional(), max: z.number().optional() })
  .refine(({ min, max }) => min !== undefined || max !== undefined, 'has neither min nor max')

/** What the properties of a room must be: a value, or within a range. */
export const PropertyFilters = z
  .record(z.string(), z.union([Scalar, Range]))
  .refine(value => Object.keys(value).length <= most.filters, `asks for more than ${most.filters}`)
export type PropertyFilters = z.output<typeof PropertyFilters>

export const RoomSearch = Page.extend({
  kind: KindName.optional(),
  /** How the name begins, in any case. */
  name: text(1, 64).optional(),
  region: Name.optional(),
  /** Somebody fits in, and the door is not locked. */
  has_free_seats: z.enum(['true', 'false']).optional(),
  /** JSON such as `{"mode":"ctf","level":{"min":3,"max":5}}`, of 5 fields at most. */
  properties: z
    .string()
    .max(1_024)
    .transform((value, { addIssue }) => {
      try {
        return JSON.parse(value)
      } catch {
        addIssue({ code: 'custom', message: 'is not JSON' })
        return z.NEVER
      }
    })
    .pipe(PropertyFilters)
    .meta({ openapi: { type: 'string', maxLength: 1_024 } })
    .optional(),
})
export type RoomSearch = z.output<typeof RoomSearch>
