import { z } from 'zod'
import { setting } from '../../gateway/setting.js'

export const groupLimits = setting({
  name: 'groups.limits',
  summary: 'How large groups may be, how many a player may belong to, how long invitations hold.',
  shape: z.strictObject({
    /** Of a group that is made or changed from now on. */
    max_members: z.int().min(1).max(1_000).default(100),
    groups_per_player: z.int().min(1).max(100).default(10),
    /** For requests, too. */
    invitation_days: z.int().min(1).max(90).default(14),
  }),
})
