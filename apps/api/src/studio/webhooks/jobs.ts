import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import type { Parts } from '../../gateway/context.js'
import { deliverDue } from './courier.js'
import { forgetEventsOlderThan } from './courier-store.js'

const retentionDays = 30

/** Carries events to the endpoints of studios. */
export const deliverWebhooks = (parts: Parts, log: Logger): Closable =>
  parts.repeat({ name: 'webhooks', everyMs: 1_000, work: () => deliverDue(parts, log) })

/** Forgets events that no receiver would want any more. */
export const forgetOldEvents = (parts: Parts): Closable =>
  parts.repeat({
    name: 'webhook-retention',
    everyMs: 3_600_000,
    work: async () => void (await forgetEventsOlderThan(parts.db, parts.now(), retentionDays)),
  })
