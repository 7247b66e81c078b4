import { z } from 'zod'
import { setting } from '../../gateway/setting.js'
import { KindName, MaxMembers, ReconnectSeconds, StateSchema, TickMs } from './schema.js'

const Kind = z.strictObject({
  /** Who makes rooms of this kind. */
  made_by: z.enum(['players', 'servers']).default('servers'),
  /** The most that a room takes. */
  max_members: MaxMembers.default(100),
  // What is set here players do not choose.
  tick_ms: TickMs.optional(),
  reconnect_seconds: ReconnectSeconds.optional(),
  state_schema: StateSchema.optional(),
})

export const roomKinds = setting({
  name: 'rooms.kinds',
  summary: 'The kinds of rooms that players may make, and what holds for them.',
  shape: z.strictObject({
    /** A kind that is not named here is made by servers alone. */
    kinds: z.record(KindName, Kind).default({ relay: { made_by: 'players', max_members: 100 } }),
  }),
})
