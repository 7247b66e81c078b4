import { z } from 'zod'
import { Id } from '../../gateway/shapes.js'

const mostIds = 100

export const PresenceOf = z.strictObject({
  /** Ids with commas between them, 100 at most. */
  user_ids: z
    .string()
    .max(mostIds * 37)
    .transform(text => text.split(','))
    .pipe(z.array(Id).min(1).max(mostIds)),
})

export const PresenceItem = z
  .object({
    user_id: z.uuid(),
    /** `invisible` is what a server sees, and the player; to others it is `offline`. */
    status: z.enum(['online', 'away', 'busy', 'invisible', 'offline']),
    text: z.string().nullable(),
    /** What the game says of it, such as the mode that is played. */
    details: z.record(z.string(), z.unknown()).nullable(),
    /** With the player's leave only. */
    room_id: z.string().nullable(),
    /** Null for who is there now, and where nobody knows. */
    last_seen_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Presence' })

export const PresenceList = z.object({ items: z.array(PresenceItem) })
