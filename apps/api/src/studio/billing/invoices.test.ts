import { createLog } from '@aethex/shared/log'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeEach, describe, expect, inject, test } from 'vitest'
import type { Charge } from '../../gateway/payments.js'
import { inParallel } from '../../testing/caller.js'
import { type PayingStudio, payingStudio } from '../../testing/paying-studio.js'
import { openStored } from '../../testing/stored.js'
import { invoiceMonth } from './invoices.js'
import { billingRound } from './jobs.js'
import { ledgerPayments } from './ledger-payments.js'
import { addEntry } from './ledger-store.js'
import { monthNamed } from './months.js'
import { LedgerList } from './schema.js'

const stack = inject('stack')
const stored = openStored(stack)
const { db } = stored
afterAll(() => stored.close())

const month = monthNamed('2026-02')
const afterwards = () => new Date('2026-03-01T00:05:00Z')
let studio: PayingStudio

beforeEach(async () => {
  studio = await payingStudio(stack, stored)
})

const at = (text: string) => new Date(`2026-${text}T00:00:00Z`)
const agreedOn = (when: Date, tier: string, price: number, provider = 'ledger') =>
  addEntry(studio.organizationId, db, {
    kind: 'subscription_changed',
    amountMinor: 0,
    currency: 'USD',
    details: { tier, price_minor: price, provider },
    at: when,
  })
const cappedOn = (when: Date, cap: number | null) =>
  addEntry(studio.organizationId, db, {
    kind: 'spend_cap_changed',
    amountMinor: 0,
    currency: 'USD',
    details: { cap_minor: cap },
    at: when,
  })
const used = (kind: string, day: string, amount: number) =>
  stored.rows(
    'INSERT INTO usage_day (organization_id, environment_id, kind, day, amount) VALUES ($1, $2, $3, $4, $5)',
    studio.organizationId,
    studio.environment.environmentId,
    kind,
    day,
    amount,
  )
const invoices = async () =>
  LedgerList.parse((await studio.bill('GET', '/ledger')).body).items.filter(
    item => item.kind === 'invoice',
  )
const parts = { db, payments: ledgerPayments, now: afterwards }

describe('the invoice of a month', () => {
  test('is written once, however often and by how many processes', async () => {
    await agreedOn(at('01-10'), 'pro', 9_900)
    const results = await inParallel(8, () => invoiceMonth(parts, studio.organizationId, month))
    expect(results.filter(result => result !== undefined)).toEqual([9_900])
    expect(await invoices()).toMatchObject([
      {
        month: '2026-02',
        amount_minor: 9_900,
        currency: 'USD',
        details: { base_minor: 9_900, overage_minor: 0, provider: 'ledger' },
      },
    ])
  })

  test('is none for a month that costs nothing', async () => {
    expect(await invoiceMonth(parts, studio.organizationId, month)).toBeUndefined()
    await agreedOn(at('03-01'), 'pro', 9_900)
    expect(await invoiceMonth(parts, studio.organizationId, month)).toBeUndefined()
    expect(await invoices()).toEqual([])
  })

  test('asks for a tier only for its part of the month', async () => {
    await agreedOn(at('02-08'), 'pro', 9_900)
    await agreedOn(at('02-15'), 'free', 0)
    expect(await invoiceMonth(parts, studio.organizationId, month)).toBe(9_900 / 4)
  })

  test('asks for what was used beyond the limits, and never for more than the cap', async () => {
    await studio.agree({ tier: 'pro', overrides: { limits: { analytics_events: 1_000_000 } } })
    await agreedOn(at('01-10'), 'pro', 9_900, 'stripe')
    await used('analytics_events', '2026-02-03', 6_000_000)
    await used('analytics_events', '2026-02-28', 5_000_000)
    await used('analytics_events', '2026-03-01', 9_000_000)
    expect(await invoiceMonth(parts, studio.organizationId, month)).toBeUndefined()
    await cappedOn(at('02-10'), 450)
    expect(await invoiceMonth(parts, studio.organizationId, month)).toBe(450)
  })

  test('with a cap that was high enough it is the whole overage', async () => {
    await studio.agree({ tier: 'pro', overrides: { limits: { analytics_events: 1_000_000 } } })
    await cappedOn(at('02-10'), 9_000)
    await cappedOn(at('02-20'), 0)
    await used('analytics_events', '2026-02-03', 11_000_000)
    expect(await invoiceMonth(parts, studio.organizationId, month)).toBe(600)
  })

  test('lets the payment provider charge the overage, and the base only where the provider does not', async () => {
    await studio.agree({ tier: 'pro', overrides: { limits: { analytics_events: 0 } } })
    await agreedOn(at('01-10'), 'pro', 9_900, 'stripe')
    await cappedOn(at('02-10'), 9_000)
    await used('analytics_events', '2026-02-03', 10_000_000)
    await stored.rows(
      `UPDATE subscription SET provider = 'stripe', provider_customer_id = $2 WHERE organization_id = $1`,
      studio.organizationId,
      `cus_${uuidv7()}`,
    )
    const charges: Charge[] = []
    const payments = {
      ...ledgerPayments,
      provider: 'stripe' as const,
      charge: async (charge: Charge) => void charges.push(charge),
    }
    await inParallel(3, () => invoiceMonth({ ...parts, payments }, studio.organizationId, month))
    expect(charges).toMatchObject([
      { amountMinor: 600, currency: 'USD', key: `overage ${studio.organizationId} 2026-02` },
    ])
    const failing = {
      ...payments,
      charge: async () => {
        throw new Error('the provider is out')
      },
    }
    const march = monthNamed('2026-03')
    await used('analytics_events', '2026-03-03', 10_000_000)
    const attempt = invoiceMonth({ ...parts, payments: failing }, studio.organizationId, march)
    await expect(attempt).rejects.toThrow('the provider is out')
    expect(await invoices()).toHaveLength(1)
    await invoiceMonth({ ...parts, payments }, studio.organizationId, march)
    expect(charges).toHaveLength(2)
  })
})

describe('a contract', () => {
  test('costs what it says from its first day to its last, whenever it was written', async () => {
    const monthAfter = ({ until }: typeof month) => monthNamed(until.toISOString().slice(0, 7))
    const running = monthNamed(new Date().toISOString().slice(0, 7))
    const [first, second] = [monthAfter(running), monthAfter(monthAfter(running))]
    const halfTime = new Date((first.from.getTime() + first.until.getTime()) / 2)
    await studio.agree({
      tier: 'enterprise',
      priceMinor: 50_000,
      validFrom: halfTime,
      validUntil: second.until,
    })
    const bill = (of: typeof month) =>
      invoiceMonth({ ...parts, now: () => of.until }, studio.organizationId, of)
    expect(await bill(running)).toBeUndefined()
    expect(await bill(first)).toBe(25_000)
    expect(await bill(second)).toBe(50_000)
    expect(await bill(monthAfter(second))).toBeUndefined()
  })
})

describe('leaving a tier', () => {
  test('does not leave what was used beyond its limits', async () => {
    await studio.agree({ tier: 'pro', overrides: { limits: { analytics_events: 0 } } })
    await studio.bill('PUT', '/spend-cap', { cap_minor: 5_000 })
    const today = new Date().toISOString().slice(0, 10)
    await used('analytics_events', today, 10_000_000)
    await studio.bill('PUT', '/spend-cap', { cap_minor: null })
    await studio.bill('PUT', '/subscription', { tier: 'free' })
    const now = new Date()
    const running = monthNamed(now.toISOString().slice(0, 7))
    const owed = await invoiceMonth(
      { ...parts, now: () => running.until },
      studio.organizationId,
      running,
    )
    expect(owed).toBeGreaterThanOrEqual(600)
    expect((await invoices())[0]?.details).toMatchObject({ overage_minor: 600 })
  })
})

describe('deleting the organisation', () => {
  test('settles what was used, and nothing is owed from then on', async () => {
    const overrides = { limits: { analytics_events: 0 } }
    await studio.agree({ tier: 'enterprise', overrides, priceMinor: 50_000 })
    await studio.bill('PUT', '/spend-cap', { cap_minor: 5_000 })
    await used('analytics_events', new Date().toISOString().slice(0, 10), 10_000_000)
    const name = `?name=${encodeURIComponent('Night Owl Games')}`
    expect((await studio.bill('DELETE', name)).status).toBe(204)
    // As after the clearing.
    await stored.rows('DELETE FROM organization WHERE id = $1', studio.organizationId)
    const running = monthNamed(new Date().toISOString().slice(0, 7))
    const next = monthNamed(running.until.toISOString().slice(0, 7))
    const bill = (of: typeof running) =>
      invoiceMonth({ ...parts, now: () => of.until }, studio.organizationId, of)
    const owed = await bill(running)
    // A moment of the contract's price, and the overage.
    expect(owed).toBeGreaterThanOrEqual(600)
    expect(owed).toBeLessThan(700)
    expect(await bill(next)).toBeUndefined()
  })
})

describe('the hourly round', () => {
  test('invoices last month, and twice changes nothing', async () => {
    await agreedOn(at('01-10'), 'pro', 9_900)
    const mail = { queue: async () => true }
    const working = { ...parts, mail, publicUrl: stack.api_url }
    const log = createLog('test', 'silent')
    await billingRound(working, log)
    await billingRound(working, log)
    expect(await invoices()).toHaveLength(1)
  })
})
