import type { Db } from '@aethex/shared/db'
import { type Month, overage, tierNames } from '@aethex/shared/tiers'
import { z } from 'zod'
import type { Parts } from '../../gateway/context.js'
import { entitlementsOf } from './entitlements.js'
import { addEntry, type EntryKind, type EntryRow, listEntriesBefore } from './ledger-store.js'
import { monthOf } from './months.js'
import { basePrice, highestCap, spansOf, withContracts } from './spans.js'
import { findSubscription, isOrganization, listContracts, takeTurn } from './subscription-store.js'
import { findUsed } from './usage-store.js'

const currency = 'USD'

const AgreedDetails = z.object({
  tier: z.enum(tierNames),
  price_minor: z.int().nullable(),
  provider: z.string(),
})
const OverageDetails = z.object({ overage_minor: z.int() })
const CapDetails = z.object({ cap_minor: z.int().nullable() })

function agreedOf({ details, created_at: at }: EntryRow) {
  const { tier, price_minor: priceMinor, provider } = AgreedDetails.parse(details)
  return { at, tier, priceMinor, isOurs: provider === 'ledger' }
}

const entriesBefore = (organizationId: string, db: Db, kinds: EntryKind[], month: Month) =>
  listEntriesBefore(organizationId, db, kinds, month.until)

/** What the overage of a month costs as of now: never more than the highest cap that held in it. */
async function overageOf(organizationId: string, db: Db, month: Month, at: Date) {
  const caps = await entriesBefore(organizationId, db, ['spend_cap_changed'], month)
  const cap = highestCap(
    caps.map(row => ({ at: row.created_at, capMinor: CapDetails.parse(row.details).cap_minor })),
    month,
  )
  // Of an organisation that is gone all that is owed was settled when it went.
  if (cap === null || !(await isOrganization(organizationId, db))) return 0
  const { limits, features } = await entitlementsOf(organizationId, db, at)
  if (!features.paid_overage) return 0
  return Math.min(cap, overage(await findUsed(organizationId, db, month), limits))
}

/** Before a tier changes: what was used beyond the old one's limits is owed whatever comes. */
export async function settleOverage(organizationId: string, tx: Db, now: Date): Promise<void> {
  const month = monthOf(now)
  const overageMinor = await overageOf(organizationId, tx, month, now)
  if (overageMinor === 0) return
  await addEntry(organizationId, tx, {
    kind: 'overage',
    month,
    // The month's invoice asks for it.
    amountMinor: 0,
    currency,
    details: { overage_minor: overageMinor },
    at: now,
  })
}

/**
 * Writes the invoice of a month that is over, once: its tiers by the time they held, and its overage. Nothing is
 * written for a month that costs nothing. What a payment provider has to collect is charged there, once, too.
 * @returns what it comes to; undefined when there was nothing to write
 */
export async function invoiceMonth(
  { db, payments, now }: Pick<Parts, 'db' | 'payments' | 'now'>,
  organizationId: string,
  month: Month,
): Promise<number | undefined> {
  return db.transaction(async tx => {
    await takeTurn(organizationId, tx, 'invoice')
    const kinds: EntryKind[] = ['subscription_changed', 'contract_written']
    const agreed = await entriesBefore(organizationId, tx, kinds, month)
    const contracts = (await listContracts(organizationId, tx)).map(row => ({
      priceMinor: row.price_minor,
      from: row.valid_from,
      until: row.valid_until,
      writtenAt: row.created_at,
    }))
    const held = withContracts(agreed.map(agreedOf), contracts)
    const base = basePrice(spansOf(held, month), month)
    const settled = (await entriesBefore(organizationId, tx, ['overage'], month))
      .filter(row => row.month === month.key)
      .map(row => OverageDetails.parse(row.details).overage_minor)
    const lastMoment = new Date(month.until.getTime() - 1)
    const beyond = Math.max(...settled, await overageOf(organizationId, tx, month, lastMoment))
    if (base + beyond === 0) return undefined
    const isNew = await addEntry(organizationId, tx, {
      kind: 'invoice',
      month,
      amountMinor: base + beyond,
      currency,
      details: { base_minor: base, overage_minor: beyond, provider: payments.provider },
      key: `invoice ${month.key}`,
      at: now(),
    })
    if (!isNew) return undefined
    const row = await findSubscription(organizationId, tx)
    if (beyond > 0 && row?.provider === payments.provider && row.provider_customer_id !== null) {
      await payments.charge({
        customerId: row.provider_customer_id,
        amountMinor: beyond,
        currency,
        description: `Usage beyond the limits in ${month.key}`,
        key: `overage ${organizationId} ${month.key}`,
      })
    }
    return base + beyond
  })
}
