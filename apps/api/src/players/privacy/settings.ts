import { z } from 'zod'
import { setting } from '../../gateway/setting.js'

/** How parents agree to a child's account. */
export const parentalConsent = setting({
  name: 'privacy.parental_consent',
  summary: 'How parents agree to a child’s account.',
  shape: z.strictObject({
    /** Hours between a parent's consent and the second letter, which confirms it and says how to revoke it. */
    confirm_after_hours: z.int().min(0).max(720).default(24),
  }),
})

const days = z.int().min(1).max(3_650)

/** How long what is kept. */
export const retention = setting({
  name: 'privacy.retention',
  summary: 'After how long accounts, sessions and unanswered requests are deleted.',
  shape: z.strictObject({
    /** Accounts nobody signed in to for so long get a letter, and are erased after the grace. Null: never. */
    inactive_accounts_days: days.nullable().default(null),
    /** Between that letter and the erasure. */
    grace_days: z.int().min(7).max(365).default(30),
    /** Guests nobody signed in as for so long are erased: there is no address to write to. Null: never. */
    guests_days: days.nullable().default(null),
    /** Ended sessions, with the names of their devices. */
    sessions_days: z.int().min(1).max(30).default(30),
    /** A parent's address, and a child's own, while no parent has agreed (16 CFR 312.5(c)(1)). */
    child_unconsented_days: z.int().min(1).max(30).default(14),
  }),
})
