import { z } from 'zod'

const IceServer = z.object({
  urls: z.array(z.string()),
  /** With TURN servers only. */
  username: z.string().optional(),
  credential: z.string().optional(),
})

export const IceServers = z
  .object({
    /** As `new RTCPeerConnection({ iceServers })` takes them; empty when the operator has none. */
    ice_servers: z.array(IceServer),
    /** `relay`: this player's network address is shown to no other player, so only TURN servers may be used. */
    transport_policy: z.enum(['all', 'relay']),
    /** When the credentials are worth nothing any more, an hour from now at the latest. */
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'IceServers' })
