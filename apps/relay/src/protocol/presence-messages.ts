import { chosenStatuses, maxDetailsBytes, maxStatusText } from '@aethex/shared/presence'
import { z } from 'zod'
import { id, playerId, RoomId, replyTo } from './atoms.js'

// Control characters, and those that turn the direction of what follows (Unicode TR 36 §3.2).
const unshown = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u

const Text = z
  .string()
  .refine(text => [...text].length <= maxStatusText, `is longer than ${maxStatusText} characters`)
  .refine(text => !unshown.test(text), 'holds characters that cannot be shown')

const Details = z
  .record(z.string(), z.unknown())
  .refine(
    details => Buffer.byteLength(JSON.stringify(details)) <= maxDetailsBytes,
    `is longer than ${maxDetailsBytes} bytes as JSON`,
  )

const Shown = {
  player_id: playerId,
  status: z.enum(['online', 'away', 'busy', 'offline']),
  text: z.string().nullable(),
  details: z.record(z.string(), z.unknown()).nullable(),
  room_id: RoomId.nullable().describe('where the player is, when they show it'),
  last_seen_at: z.iso.datetime().nullable().describe('of who is offline, when it is known'),
}

/** Who is there, and what they say of it. */
export const presenceMessages = {
  client: {
    set_status: z
      .strictObject({
        type: z.literal('set_status'),
        id,
        status: z.enum(chosenStatuses).describe('who is invisible looks offline to others'),
        text: Text.nullable().default(null),
        details: Details.nullable()
          .default(null)
          .describe('what the game says of it, such as the mode that is played'),
        show_room: z.boolean().default(false).describe('whether others see the room'),
      })
      .describe(
        'Holds for all sockets of the player, and takes the place of what was chosen before.',
      ),
    watch_presence: z
      .strictObject({
        type: z.literal('watch_presence'),
        id,
        friends: z.boolean().default(false),
        room: z.boolean().default(false).describe('the members of the room that the socket is in'),
      })
      .describe('Takes the place of what the socket watched before; nothing ends it.'),
  },
  server: {
    status_set: z.strictObject({ type: z.literal('status_set'), reply_to: replyTo }),
    presence_snapshot: z
      .strictObject({
        type: z.literal('presence_snapshot'),
        reply_to: replyTo,
        players: z.array(z.strictObject(Shown)),
      })
      .describe('Answers `watch_presence`. Whoever is watched and not in it is offline.'),
    presence_update: z
      .strictObject({ type: z.literal('presence_update'), ...Shown })
      .describe('Somebody who is watched looks otherwise now, or is not to be seen any more.'),
  },
}
