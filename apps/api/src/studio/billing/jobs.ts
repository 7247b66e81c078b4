import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import type { Parts } from '../../gateway/context.js'
import { invoiceMonth } from './invoices.js'
import { listOwing } from './ledger-store.js'
import { dayOf, monthBefore, monthOf } from './months.js'
import { type Teller, tellOfLimits } from './notices.js'
import { snapshotSaves, tidyUsage } from './payment-store.js'
import { loadStanding } from './standing.js'
import { listOrganizationIds } from './subscription-store.js'

type Working = Teller & Pick<Parts, 'payments'>

const pageSize = 200

async function forEach(
  list: (after: string | undefined) => Promise<string[]>,
  work: (id: string) => Promise<unknown>,
  log: Logger,
): Promise<void> {
  for (let after: string | undefined; ; ) {
    const ids = await list(after)
    for (const id of ids) {
      // What goes wrong for one must not keep the others waiting.
      await work(id).catch(error => log.warn({ err: error, organization: id }, 'billing round'))
    }
    after = ids.at(-1)
    if (ids.length < pageSize) return
  }
}

/** One round: who has to be told of a limit is told, last month is invoiced, and what is old goes. May run twice. */
export async function billingRound(parts: Working, log: Logger): Promise<void> {
  const { db, now } = parts
  const lastMonth = monthBefore(monthOf(now()))
  await forEach(
    after => listOwing(after, db, pageSize),
    id => invoiceMonth(parts, id, lastMonth),
    log,
  )
  await forEach(
    after => listOrganizationIds(after, db, pageSize),
    async id => {
      await tellOfLimits(parts, await loadStanding(id, db, now()))
      await snapshotSaves(id, db, dayOf(now()))
    },
    log,
  )
  await tidyUsage(db, now())
}

/** Does so every hour. */
export const keepBilling = (parts: Parts, log: Logger): Closable =>
  parts.repeat({ name: 'billing', everyMs: 3_600_000, work: () => billingRound(parts, log) })
