import { z } from 'zod'

/** What is new of the player, whatever room the socket is in. */
export const newsMessages = {
  server: {
    save_written: z
      .strictObject({
        type: z.literal('save_written'),
        save_id: z.string(),
        version: z.int(),
        hash: z
          .string()
          .nullable()
          .describe('SHA-256 of the plain bytes, in hexadecimal; null when deleted'),
        device: z.string().nullable().describe('what the writing device calls itself'),
        deleted: z.boolean(),
      })
      .describe(
        'The player has a new version of a slot, by whichever device. A slow reader gets only the newest.',
      ),
    news_gap: z
      .strictObject({ type: z.literal('news_gap') })
      .describe('News may have been lost before this; list the saves to be sure.'),
  },
}
