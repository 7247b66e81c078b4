import { z } from 'zod'

/** What players may say of themselves; whoever is `invisible` looks offline to everybody else. */
export const chosenStatuses = ['online', 'away', 'busy', 'invisible'] as const

export const maxDetailsBytes = 1_024
export const maxStatusText = 140

/** What a player has chosen to show, on whichever socket; the last choice counts for all. */
export const ChosenStatus = z.object({
  status: z.enum(chosenStatuses),
  text: z.string().nullable(),
  details: z.record(z.string(), z.unknown()).nullable(),
  /** Whether others see in which room the player is. */
  show_room: z.boolean(),
})
export type ChosenStatus = z.infer<typeof ChosenStatus>

/** What is shown of a player. */
export interface Presence {
  status: 'online' | 'away' | 'busy' | 'offline'
  text: string | null
  details: Record<string, unknown> | null
  room_id: string | null
  /** RFC 3339; when the player last was to be seen. Null for who is there now, and where nobody knows. */
  last_seen_at: string | null
}

export const offline: Presence = {
  status: 'offline',
  text: null,
  details: null,
  room_id: null,
  last_seen_at: null,
}

/** What a node says of a player whose sockets it has. */
const Stay = z.object({
  /** Milliseconds since 1970 by the clock of Redis; after that the node is not believed any more. */
  until: z.number(),
  room_id: z.string().nullable(),
})

/** A player's presence as it stands in Redis. */
export interface PresenceRecord {
  chosen: ChosenStatus | undefined
  chosenAt: number
  room: string | null
  /** The last moment until which a node vouches for the player; 0 when none does. */
  until: number
  seenAt: number
}

const stayPrefix = 'n:'

/** Reads the hash of a player. `now` is the time of Redis. */
export function readRecord(fields: Readonly<Record<string, string>>, now: number): PresenceRecord {
  let until = 0
  let room: string | null = null
  for (const [field, text] of Object.entries(fields)) {
    if (!field.startsWith(stayPrefix)) continue
    const stay = Stay.parse(JSON.parse(text))
    if (stay.until <= now) continue
    until = Math.max(until, stay.until)
    room = stay.room_id ?? room
  }
  const { chosen } = fields
  return {
    chosen: chosen === undefined ? undefined : ChosenStatus.parse(JSON.parse(chosen)),
    chosenAt: Number(fields.chosen_at ?? 0),
    room,
    until,
    seenAt: Number(fields.seen ?? 0),
  }
}

/** What others see. */
export function presenceOf(record: PresenceRecord): Presence {
  const { chosen, until, room, seenAt } = record
  if (until === 0 || chosen?.status === 'invisible') {
    const last_seen_at = seenAt === 0 ? null : new Date(seenAt).toISOString()
    return { ...offline, last_seen_at }
  }
  return {
    status: chosen?.status ?? 'online',
    text: chosen?.text ?? null,
    details: chosen?.details ?? null,
    room_id: chosen?.show_room === true ? room : null,
    last_seen_at: null,
  }
}
