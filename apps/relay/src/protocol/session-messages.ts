import { type ErrorCode, errorCodes } from '@aethex/shared/errors'
import { z } from 'zod'
import { id, player, replyTo } from './atoms.js'

/** What concerns the connection itself. */
export const sessionMessages = {
  client: {
    hello: z
      .strictObject({ type: z.literal('hello'), id })
      .describe(
        'This client takes frames of several things (see `Frame`), and keeps its seat in a room for a while when the connection drops.',
      ),
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
    ack: z
      .strictObject({
        type: z.literal('ack'),
        reply_to: replyTo,
        data: z.unknown().optional().describe('what the room answers'),
      })
      .describe('A message with an id was taken.'),
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
