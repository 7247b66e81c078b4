import { z } from 'zod'
import { setting } from '../../gateway/setting.js'

export const partyLimits = setting({
  name: 'parties.limits',
  summary: 'How large parties may be, how long invitations hold, and who may be invited.',
  shape: z.strictObject({
    /** Of a party that is made or changed from now on. */
    max_size: z.int().min(1).max(100).default(8),
    invitation_seconds: z.int().min(10).max(86_400).default(300),
    /** Whether players invite their friends alone. */
    invites: z.enum(['anyone', 'friends']).default('anyone'),
  }),
})
