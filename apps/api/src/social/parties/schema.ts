import { PartyInvitationShape, PartyShape } from '@aethex/shared/parties'
import { z } from 'zod'
import { Id, text } from '../../gateway/shapes.js'
import { PlainText } from '../speech/schema.js'

export const Party = PartyShape.meta({ id: 'Party' })
export const PartyInvitation = PartyInvitationShape.meta({ id: 'PartyInvitation' })

export const PartyAnswer = z.object({ party: Party })
/** Null for who is in none. */
export const OwnParty = z.object({ party: Party.nullable() })
export const PartyInvitations = z.object({ items: z.array(PartyInvitation) })
export const InvitationAnswer = z.object({ invitation: PartyInvitation })

const dataBytes = 4_096
const data = z
  .record(z.string().min(1).max(64), z.unknown())
  .refine(
    value => Buffer.byteLength(JSON.stringify(value)) <= dataBytes,
    `is longer than ${dataBytes} bytes`,
  )
const size = z.int().min(1).max(100)

export const NewParty = z.strictObject({
  /** Whether whoever knows its id may join. */
  is_open: z.boolean().default(false),
  /** As many as the studio allows unless said. */
  max_size: size.optional(),
  data: data.default({}),
})
export const PartyChanges = z.strictObject({
  is_open: z.boolean().optional(),
  max_size: size.optional(),
  /** Replaces what was there. */
  data: data.optional(),
})
export const Readiness = z.strictObject({ ready: z.boolean() })
export const NewLeader = z.strictObject({ player_id: Id })

/** What the players are called together for, such as a raid. */
export const Activity = z.strictObject({
  kind: z.string().regex(/^[a-z0-9_-]{1,32}$/, 'is not a word of a to z, 0 to 9, _ or -'),
  name: PlainText(1, 64),
  starts_at: z.iso.datetime().nullable().default(null),
})
export const NewPartyInvitation = z.strictObject({
  player_id: Id,
  activity: Activity.nullable().default(null),
})

export const OneParty = z.strictObject({ party_id: Id })
export const OnePartyMember = z.strictObject({ party_id: Id, player_id: Id })
export const OneInvitation = z.strictObject({ invitation_id: Id })
export const OnePartyInvitation = z.strictObject({ party_id: Id, invitation_id: Id })
export const PartyOfEnvironment = z.strictObject({ environment_id: Id, party_id: Id })
export const PlayerOfEnvironment = z.strictObject({ environment_id: Id, player_id: Id })
export const Because = z.strictObject({ reason: text(1, 500) })
