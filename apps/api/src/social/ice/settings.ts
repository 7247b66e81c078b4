import { z } from 'zod'
import { setting } from '../../gateway/setting.js'

/** Who reaches whom without a server in between. */
export const peerSetting = setting({
  name: 'social.peers',
  summary: 'Who may connect to other players directly, which shows them the network address.',
  shape: z.strictObject({
    /** The others use TURN servers, or the relay. A player who has to say how old they are counts as a child. */
    direct: z.enum(['everyone', 'no_children', 'nobody']).default('no_children'),
  }),
})
