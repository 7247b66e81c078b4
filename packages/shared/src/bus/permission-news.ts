import { z } from 'zod'

/** What a player may do on a socket has changed: by consent, by a parent's word, or by their age. */
export const permissionNews = [
  z.object({
    topic: z.literal('permissions.changed'),
    payload: z.object({
      environment_id: z.uuid(),
      player_id: z.uuid(),
      permissions: z.object({ chat: z.boolean(), voice: z.boolean() }),
    }),
  }),
] as const
