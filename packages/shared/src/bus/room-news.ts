import { z } from 'zod'

/** Somebody asks the player into a room. */
export const roomNews = [
  z.object({
    topic: z.literal('room.invited'),
    payload: z.object({
      environment_id: z.uuid(),
      player_id: z.uuid(),
      room_id: z.string(),
      kind: z.string(),
      name: z.string().nullable(),
      from: z.object({ player_id: z.uuid(), username: z.string() }),
    }),
  }),
] as const
