import { type Answer, codeOf, freshPlayer } from '@aethex/shared/testing'
import { type Limits, overagePrices } from '@aethex/shared/tiers'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { callerOf, inParallel, tally } from '../../testing/caller.js'
import { type PayingStudio, payingStudio } from '../../testing/paying-studio.js'
import { openStored } from '../../testing/stored.js'
import { isSampled } from './events.js'
import { LedgerList, SpendCapAnswer } from './schema.js'

const stack = inject('stack')
const stored = openStored(stack)
let studio: PayingStudio

beforeAll(async () => {
  studio = await payingStudio(stack, stored)
  await studio.bill('PUT', '/subscription', { tier: 'pro' })
})
afterAll(() => stored.close())

const capOf = async (of: PayingStudio) => {
  const answer = await of.bill('GET', '/spend-cap')
  return { ...SpendCapAnswer.parse(answer.body).spend_cap, etag: answer.headers.get('etag') }
}
const setCap = (of: PayingStudio, cap: number | null, ifMatch?: string) =>
  of.bill('PUT', '/spend-cap', { cap_minor: cap }, ifMatch ? { 'if-match': ifMatch } : {})

/** Usage of today as if it had been counted; what was there is replaced. */
const use = ({ organizationId, environment }: PayingStudio, kind: string, amount: number) =>
  stored.rows(
    `INSERT INTO usage_day (organization_id, environment_id, kind, day, amount)
     VALUES ($1, $2, $3, (now() AT TIME ZONE 'UTC')::date, $4)
     ON CONFLICT (organization_id, environment_id, kind, day) DO UPDATE SET amount = excluded.amount`,
    organizationId,
    environment.environmentId,
    kind,
    amount,
  )
const moment = () => new Promise(resolve => setTimeout(resolve, 1_100))

describe('a spend cap', () => {
  test('is none at first: nothing beyond the limits is charged', async () => {
    const fresh = await payingStudio(stack, stored)
    expect(await capOf(fresh)).toMatchObject({
      cap_minor: null,
      is_in_force: false,
      spent_minor: 0,
      switched_off: [],
      degradation: [
        { feature: 'advanced_analytics', at_percent: 80 },
        { feature: 'analytics_ingest', at_percent: 90 },
        { feature: 'cdn', at_percent: 95 },
        { feature: 'new_players', at_percent: 100 },
      ],
      prices: overagePrices,
      forecast: { trips_on: null },
      etag: '"0"',
    })
  })

  test('needs a tier that has paid overage', async () => {
    const free = await payingStudio(stack, stored)
    const refused = await setCap(free, 1_000)
    expect([refused.status, codeOf(refused)]).toEqual([403, 'tier_required'])
    expect(refused.body).toMatchObject({ tiers: ['pro', 'enterprise'] })
    expect((await setCap(free, null)).status).toBe(200)
  })

  test('is changed on top of the version that was read, and audited', async () => {
    const set = await setCap(studio, 5_000, '"0"')
    expect([set.status, set.headers.get('etag')]).toEqual([200, '"1"'])
    expect(codeOf(await setCap(studio, 6_000, '"0"'))).toBe('version_mismatch')
    expect((await setCap(studio, 7_000, '"1"')).headers.get('etag')).toBe('"2"')
    expect(await capOf(studio)).toMatchObject({ cap_minor: 7_000, is_in_force: true })
    const rows = await stored.rows(
      "SELECT details FROM audit_entry WHERE organization_id = $1 AND action = 'billing.write_spend_cap' ORDER BY id",
      studio.organizationId,
    )
    expect(rows.map(row => Object(row.details).cap_minor)).toEqual([5_000, 7_000])
    const { items } = LedgerList.parse((await studio.bill('GET', '/ledger')).body)
    expect(items.filter(item => item.kind === 'spend_cap_changed')).toHaveLength(2)
  })

  test('of twenty changes on one version exactly one is made', async () => {
    const { etag } = await capOf(studio)
    const answers = await inParallel(20, index => setCap(studio, index, etag ?? ''))
    expect(tally(answers)).toEqual({ 200: 1, 412: 19 })
  })

  test('refuses what is no amount of money', async () => {
    for (const amount of [-1, 1.5, '5', 1e12]) {
      const answer = await studio.bill('PUT', '/spend-cap', { cap_minor: amount })
      expect(answer.status).toBe(400)
    }
    expect((await studio.bill('PUT', '/spend-cap', {})).status).toBe(400)
  })
})

const events = (count: number) => ({
  events: Array.from({ length: count }, () => ({
    event_id: uuidv7(),
    name: 'level.finished',
    time: new Date().toISOString(),
  })),
})

const million = 1_000_000

/** A pro studio with these limits, that pays for what is beyond them up to a cap. */
async function cappedStudio(
  capMinor: number,
  limits: Partial<Limits> = { analytics_events: 0 },
): Promise<PayingStudio> {
  const made = await payingStudio(stack, stored, { terms: { tier: 'pro', overrides: { limits } } })
  expect((await setCap(made, capMinor)).status).toBe(200)
  return made
}

describe('what a spend cap switches off', () => {
  test('nothing as long as it is far: usage beyond the limits is charged and goes on', async () => {
    const capped = await cappedStudio(1_000)
    await use(capped, 'analytics_events', 10 * million)
    expect(await capOf(capped)).toMatchObject({ spent_minor: 600, switched_off: [] })
    expect((await capped.server('POST', '/analytics/events', events(3))).status).toBe(202)
  })

  test('at 80 percent nine players in ten send no more events; at 90 nobody does', async () => {
    const capped = await cappedStudio(1_000)
    const players = await inParallel(12, () => freshPlayer(capped.environment))
    const agreed = await inParallel(12, async index => {
      const player = players[index]
      const as = callerOf(stack.api_url, player?.headers)
      await as('PUT', '/privacy/consents', { analytics: true })
      return { as, id: player?.id ?? '' }
    })
    await use(capped, 'analytics_events', 14 * million)
    await moment()
    expect((await capOf(capped)).switched_off).toEqual(['advanced_analytics'])
    for (const { as, id } of agreed) {
      const answer = await as('POST', '/analytics/events', events(1))
      if (isSampled(id)) expect(answer.status).toBe(202)
      else expect(codeOf(answer)).toBe('spend_cap_reached')
    }
    expect((await capped.server('POST', '/analytics/events', events(1))).status).toBe(202)
    await use(capped, 'analytics_events', 16 * million)
    await moment()
    const refused = await capped.server('POST', '/analytics/events', events(1))
    expect([refused.status, codeOf(refused)]).toEqual([403, 'spend_cap_reached'])
    expect(refused.body).toMatchObject({
      feature: 'analytics_ingest',
      limit: 'analytics_events',
      tier: 'pro',
    })
  })

  test('new players come last, and then those who have an account, and their saves, go on', async () => {
    const capped = await cappedStudio(1_000, { cdn_bytes: 0, monthly_active_players: 1 })
    const device = crypto.randomUUID().repeat(2)
    const arrive = (secret = crypto.randomUUID().repeat(2)): Promise<Answer> =>
      capped.game('POST', '/auth/anonymous', { device_secret: secret })
    const { body } = await arrive(device)
    await use(capped, 'cdn_bytes', 330 * 100 * 2 ** 30)
    await moment()
    expect((await capOf(capped)).switched_off).toEqual(['cdn', 'new_players'])
    expect(codeOf(await arrive())).toBe('spend_cap_reached')
    expect((await arrive(device)).status).toBe(200)
    const headers = { authorization: `Bearer ${Object(body).session.access_token}` }
    const save = await capped.game('POST', '/saves/me', { save_id: 'a', data: [1] }, headers)
    expect(save.status).toBe(201)
    await setCap(capped, 200_000)
    await expect.poll(async () => (await arrive()).status).toBe(201)
  })

  test('new players within what the tier includes come in, however much of the cap is used', async () => {
    const capped = await cappedStudio(1_000, { cdn_bytes: 0, monthly_active_players: 100 })
    await use(capped, 'cdn_bytes', 10_000 * 100 * 2 ** 30)
    await moment()
    expect((await capOf(capped)).switched_off).toEqual(['cdn'])
    const answer = await capped.game('POST', '/auth/anonymous', {
      device_secret: crypto.randomUUID().repeat(2),
    })
    expect(answer.status).toBe(201)
  })
})

describe('the forecast', () => {
  test('is today when the cap has tripped, and says how it is found', async () => {
    const capped = await cappedStudio(1_000)
    await use(capped, 'analytics_events', 20 * million)
    const { forecast } = await capOf(capped)
    expect(forecast.trips_on).toBe(new Date().toISOString().slice(0, 10))
    expect(forecast.method).toContain('last seven whole days')
  })
})
