import { z } from 'zod'
import { setting } from '../../gateway/setting.js'

/** How much of each world is kept. */
export const worldHistory = setting({
  name: 'worlds.history',
  summary: 'How many snapshots of a world are kept, and how long its journal.',
  shape: z.strictObject({
    /** The newest ones. The journal behind the oldest of them is kept as well. */
    keep_snapshots: z.int().min(1).max(50).default(5),
    /** Events are kept this long although a snapshot holds what they came to: so long a repeated one is recognised. */
    keep_events_hours: z.int().min(1).max(720).default(24),
    /** Beyond so many events in the journal, it takes a snapshot before more are appended. */
    most_events: z.int().min(1_000).max(10_000_000).default(1_000_000),
    /** Worlds of the environment. */
    most_worlds: z.int().min(0).max(100_000).default(1_000),
  }),
})
