import { z } from 'zod'

/** Whom it is told to, and the player whom it is about. */
const payload = z.object({
  environment_id: z.uuid(),
  player_id: z.uuid(),
  friend: z.object({ player_id: z.uuid(), username: z.string() }),
})

export const friendNews = [
  z.object({ topic: z.literal('friend.requested'), payload }),
  z.object({ topic: z.literal('friend.added'), payload }),
  z.object({ topic: z.literal('friend.removed'), payload }),
] as const
