import { z } from 'zod'
import { id, replyTo } from './atoms.js'

const sdp = z
  .string()
  .min(1)
  .max(16_384)
  .describe('a session description with all its candidates (RFC 8829)')

/** Beside the socket, a way on which what is late is lost instead of waited for. */
export const datagramMessages = {
  client: {
    open_datagrams: z
      .strictObject({ type: z.literal('open_datagrams'), id, sdp })
      .describe(
        'Offers a WebRTC data channel for states, unordered and without repeats. Not every node takes it: `datagrams_off`.',
      ),
  },
  server: {
    datagrams_opened: z
      .strictObject({ type: z.literal('datagrams_opened'), reply_to: replyTo, sdp })
      .describe(
        'The answer to the offer. Until the channel is open and used, states come by the socket.',
      ),
  },
}
