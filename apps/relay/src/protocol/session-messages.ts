import { type ErrorCode, errorCodes } from '@aethex/shared/errors'
import { z } from 'zod'
import { id, player, replyTo } from './atoms.js'

/** What concerns the connection itself. */
export const sessionMessages = {
  client: {
    ping: z.strictObject({ type: z.literal('ping'), id }),
  },
  server: {
    welcome: z
      .strictObject({
        type: z.literal('welcome'),
        ...player,
        node_id: z.uuid(),
        heartbeat_seconds: z.int().describe('how often the server pings'),
      })
      .describe('The first message on every socket.'),
    pong: z.strictObject({
      type: z.literal('pong'),
      reply_to: replyTo,
      time: z.iso.datetime().describe('the server’s clock'),
    }),
    error: z.strictObject({
      type: z.literal('error'),
      reply_to: replyTo,
      code: z.enum(Object.keys(errorCodes) as ErrorCode[]),
      detail: z.string(),
    }),
  },
}
