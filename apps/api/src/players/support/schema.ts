import { z } from 'zod'
import { Id, Page, text } from '../../gateway/shapes.js'
import { Username } from '../auth/schema.js'

export const InEnvironment = z.strictObject({ environment_id: Id })
export const OnePlayer = z.strictObject({ environment_id: Id, player_id: Id })

const tiers = ['guest', 'registered', 'verified'] as const

const found = {
  id: z.uuid(),
  username: z.string(),
  email: z.string().nullable(),
  email_verified: z.boolean(),
  /** `guest` has only a device, `registered` an e-mail, an identity or a passkey, `verified` a proven e-mail. */
  tier: z.enum(tiers),
  banned: z.boolean(),
  created_at: z.iso.datetime(),
}

export const FoundPlayer = z.object(found).meta({ id: 'FoundPlayer' })

export const PlayerSearch = z.strictObject({
  ...Page.shape,
  /** Without it, the newest players. */
  q: text(1, 254).optional(),
  /** Guessed from the looks of `q` when left out. */
  by: z.enum(['id', 'email', 'username', 'identity']).optional(),
})
export const FoundPlayers = z.object({
  items: z.array(FoundPlayer),
  next_cursor: z.string().nullable(),
})

const Who = z.object({ kind: z.string(), id: z.string().nullable() })

export const Ban = z
  .object({
    id: z.uuid(),
    reason: z.string(),
    public_reason: z.string().nullable(),
    created_at: z.iso.datetime(),
    /** Null for a ban without an end. */
    ends_at: z.iso.datetime().nullable(),
    banned_by: Who,
    lifted_at: z.iso.datetime().nullable(),
    lifted_by: Who.nullable(),
    lift_reason: z.string().nullable(),
    in_force: z.boolean(),
  })
  .meta({ id: 'Ban' })

export const PlayerCard = z
  .object({
    ...found,
    avatar_url: z.string().nullable(),
    locale: z.string().nullable(),
    has_password: z.boolean(),
    password_reset_required: z.boolean(),
    has_second_factor: z.boolean(),
    ban: Ban.nullable(),
    identities: z.array(
      z.object({
        provider: z.string(),
        subject: z.string(),
        display_name: z.string().nullable(),
        linked_at: z.iso.datetime(),
      }),
    ),
    /** The newest, ended ones included. */
    sessions: z.array(
      z.object({
        id: z.uuid(),
        method: z.string(),
        device_name: z.string().nullable(),
        created_at: z.iso.datetime(),
        last_seen_at: z.iso.datetime(),
        expires_at: z.iso.datetime(),
        ended_at: z.iso.datetime().nullable(),
        ended_reason: z.string().nullable(),
      }),
    ),
    /** When the devices that sign in without a password were first seen. */
    devices: z.array(z.object({ created_at: z.iso.datetime() })),
    consents: z.array(
      z.object({ purpose: z.string(), granted: z.boolean(), decided_at: z.iso.datetime() }),
    ),
    counts: z.object({
      saves: z.int(),
      scores: z.int(),
      live_sessions: z.int(),
      passkeys: z.int(),
      bans: z.int(),
      notes: z.int(),
    }),
  })
  .meta({ id: 'PlayerCard' })
export const PlayerCardAnswer = z.object({ player: PlayerCard })

/** For the audit log: why this was done. */
const Reason = text(1, 1_000)

export const NewBan = z.strictObject({
  reason: Reason,
  /** What the player is told; nothing without it. */
  public_reason: text(1, 500).optional(),
  /** Null bans without an end. */
  ends_at: z.iso.datetime({ offset: true }).nullable(),
})
export const BanAnswer = z.object({ ban: Ban })
export const BanList = z.object({ items: z.array(Ban), next_cursor: z.string().nullable() })
export const Because = z.strictObject({ reason: Reason })

export const Note = z
  .object({ id: z.uuid(), text: z.string(), author: Who, created_at: z.iso.datetime() })
  .meta({ id: 'PlayerNote' })
export const NewNote = z.strictObject({ text: text(1, 4_000) })
export const NoteAnswer = z.object({ note: Note })
export const NoteList = z.object({ items: z.array(Note), next_cursor: z.string().nullable() })

export const EndedSessions = z.object({ ended: z.int() })
export const DemandedReset = z.object({
  ended: z.int(),
  /** Whether a letter went out: not without an e-mail, and at most three an hour. */
  mailed: z.boolean(),
})
export const NewName = z.strictObject({ username: Username, reason: Reason })
export const Renamed = z.object({ id: z.uuid(), username: z.string() })
