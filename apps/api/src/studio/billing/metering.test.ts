import type { Db } from '@aethex/shared/db'
import { createLog } from '@aethex/shared/log'
import { freshPlayer } from '@aethex/shared/testing'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { callerOf, inParallel } from '../../testing/caller.js'
import { type PayingStudio, payingStudio } from '../../testing/paying-studio.js'
import { openStored } from '../../testing/stored.js'
import { startMeter } from './meter.js'
import { playerData } from './player-data.js'
import { eraseUsageOf } from './player-store.js'
import { EnvironmentUsage, OrganizationUsage } from './schema.js'
import { writeCounts } from './usage-store.js'

const stack = inject('stack')
const stored = openStored(stack)
const log = createLog('test', 'silent')
let studio: PayingStudio

beforeAll(async () => {
  studio = await payingStudio(stack, stored)
})
afterAll(() => stored.close())

const usageOf = async (of: PayingStudio, query = '') =>
  OrganizationUsage.parse((await of.bill('GET', `/usage${query}`)).body).usage
const usageIn = async (of: PayingStudio, query = '') => {
  const path = `/studio/environments/${of.environment.environmentId}/usage${query}`
  return EnvironmentUsage.parse((await of.server('GET', path)).body).usage
}
const meterOf = (usage: Awaited<ReturnType<typeof usageOf>>, meter: string) =>
  usage.meters.find(one => one.meter === meter)
const playersOf = async (of: PayingStudio) =>
  meterOf(await usageOf(of), 'monthly_active_players')?.used
const rowsOf = (of: PayingStudio) =>
  stored.rows(
    'SELECT month::text, player_id FROM active_player WHERE environment_id = $1',
    of.environment.environmentId,
  )

describe('monthly active players', () => {
  test('A-PRC-01: are the players who signed in, each once however often they came', async () => {
    const game = await payingStudio(stack, stored)
    const secret = crypto.randomUUID().repeat(2)
    const guests = await inParallel(4, () => freshPlayer(game.environment))
    await inParallel(5, () => game.game('POST', '/auth/anonymous', { device_secret: secret }))
    for (const { refreshToken } of guests) {
      await game.game('POST', '/auth/refresh', { refresh_token: refreshToken })
    }
    expect(await playersOf(game)).toBe(5)
    expect(await rowsOf(game)).toHaveLength(5)
    const { days, environments } = await usageOf(game)
    expect(days.map(day => day.monthly_active_players).reduce((a, b) => a + b)).toBe(5)
    expect(environments.map(one => one.monthly_active_players).toSorted()).toEqual([0, 5])
  })

  test('a refresh in another month counts there, though nobody signed in', async () => {
    let ahead = 0
    const later = await startAnotherApi(stack, {}, { now: () => new Date(Date.now() + ahead) })
    try {
      const game = await payingStudio(stack, stored, { apiUrl: later.url })
      const player = await freshPlayer(game.environment)
      const months = new Set((await rowsOf(game)).map(row => row.month))
      const now = new Date()
      const nextMonth = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1)
      ahead = nextMonth - now.getTime() + 60_000
      const answer = await game.game('POST', '/auth/refresh', {
        refresh_token: player.refreshToken,
      })
      expect(answer.status).toBe(200)
      await expect.poll(async () => (await rowsOf(game)).length).toBe(2)
      for (const row of await rowsOf(game)) months.add(row.month)
      expect([...months]).toHaveLength(2)
      // By the true clock, for which the member's token still holds.
      const path = `/studio/organizations/${game.organizationId}/usage?month=`
      const member = callerOf(stack.api_url, { authorization: `Bearer ${game.member.accessToken}` })
      for (const at of [now, new Date(nextMonth)]) {
        const { body } = await member('GET', path + at.toISOString().slice(0, 7))
        const { usage } = OrganizationUsage.parse(body)
        expect(meterOf(usage, 'monthly_active_players')?.used).toBe(1)
      }
    } finally {
      await later.close()
    }
  })

  test('who is erased is forgotten, and the month stays as large as it was', async () => {
    const game = await payingStudio(stack, stored)
    const { id } = await freshPlayer(game.environment)
    const { environmentId } = game.environment
    expect(await eraseUsageOf(environmentId, stored.db, id)).toEqual({
      active_player: 1,
      save_usage: 0,
    })
    expect(await eraseUsageOf(environmentId, stored.db, id)).toEqual({
      active_player: 0,
      save_usage: 0,
    })
    expect(await rowsOf(game)).toEqual([])
    expect(await playersOf(game)).toBe(1)
    const { days } = await usageIn(game)
    expect(days.map(day => day.monthly_active_players).reduce((a, b) => a + b)).toBe(1)
  })

  test('a player is handed out the months in which they played', async () => {
    const game = await payingStudio(stack, stored)
    const { id } = await freshPlayer(game.environment)
    const files: unknown[] = []
    const parts = Object.assign(Object.create(null), { db: stored.db })
    for await (const file of playerData.exportFor(parts, game.environment.environmentId, id)) {
      files.push(file)
    }
    const month = new Date().toISOString().slice(0, 7)
    expect(files).toMatchObject([
      { name: 'usage.json', content: { active_months: [{ month }], save_bytes: 0 } },
    ])
  })
})

describe('what is counted as it happens', () => {
  const event = () => ({
    event_id: uuidv7(),
    name: 'level.finished',
    time: new Date().toISOString(),
    properties: { level: 1 },
  })

  test('events are those that analytics has accepted, by the hour and the day', async () => {
    const send = (count: number) =>
      studio.server('POST', '/analytics/events', { events: Array.from({ length: count }, event) })
    expect((await send(7)).status).toBe(202)
    expect((await send(5)).status).toBe(202)
    expect((await studio.server('POST', '/analytics/events', { events: [] })).status).toBe(400)
    await expect.poll(async () => (await usageIn(studio)).analytics_events).toBe(12)
    const usage = await usageIn(studio)
    expect(usage.days.at(-1)?.analytics_events).toBe(12)
    expect(usage.hours.map(hour => hour.amount).reduce((a, b) => a + b)).toBe(12)
    expect(meterOf(await usageOf(studio), 'analytics_events')?.used).toBe(12)
  })

  test('A-PRC-03: bytes that are delivered add up, in every process, and are the sum of the rows', async () => {
    const cdn = await payingStudio(stack, stored)
    const { environmentId } = cdn.environment
    const meters = [0, 1, 2].map(() => startMeter(stored.db, () => new Date(), log))
    await inParallel(300, async index => {
      meters[index % 3]?.count(environmentId, 'cdn_bytes', 1_000 + index)
      if (index % 50 === 0) await meters[index % 3]?.flush()
    })
    for (const meter of meters) await meter.close()
    const sum = 300 * 1_000 + (299 * 300) / 2
    expect((await usageIn(cdn)).cdn_bytes).toBe(sum)
    const rows = await stored.rows(
      'SELECT sum(amount)::bigint AS sum FROM usage_day WHERE environment_id = $1',
      environmentId,
    )
    expect(rows).toEqual([{ sum }])
  })

  test('a batch that is sent again after its answer was lost counts once', async () => {
    const cdn = await payingStudio(stack, stored)
    const { environmentId } = cdn.environment
    const count = { environmentId, kind: 'cdn_bytes', hour: new Date(), amount: 5 } as const
    const writer = uuidv7()
    const write = (seq: number) => writeCounts({ id: writer, seq }, stored.db, [count], new Date())
    await write(1)
    await inParallel(5, () => write(1))
    expect((await usageIn(cdn)).cdn_bytes).toBe(5)
    await write(2)
    expect((await usageIn(cdn)).cdn_bytes).toBe(10)
  })

  test('what could not be written down waits, and is lost neither nor doubled', async () => {
    const cdn = await payingStudio(stack, stored)
    let isOut = true
    const shaky: Db = {
      ...stored.db,
      one: (statement, values) =>
        isOut ? Promise.reject(new Error('out')) : stored.db.one(statement, values),
    }
    const meter = startMeter(shaky, () => new Date(), log)
    meter.count(cdn.environment.environmentId, 'cdn_bytes', 3)
    await expect(meter.flush()).rejects.toThrow('out')
    meter.count(cdn.environment.environmentId, 'cdn_bytes', 4)
    isOut = false
    await meter.flush()
    await meter.close()
    expect((await usageIn(cdn)).cdn_bytes).toBe(7)
  })

  test('what is counted in the last second of a month belongs to that month', async () => {
    const cdn = await payingStudio(stack, stored)
    let now = new Date('2026-02-28T23:59:59.999Z')
    const meter = startMeter(stored.db, () => now, log)
    meter.count(cdn.environment.environmentId, 'cdn_bytes', 3)
    now = new Date('2026-03-01T00:00:00Z')
    meter.count(cdn.environment.environmentId, 'cdn_bytes', 4)
    await meter.close()
    const february = await usageIn(cdn, '?month=2026-02')
    expect([february.cdn_bytes, february.days.at(-1)]).toMatchObject([
      3,
      { day: '2026-02-28', cdn_bytes: 3 },
    ])
    const march = await usageIn(cdn, '?month=2026-03')
    expect([march.cdn_bytes, march.days[0]]).toMatchObject([4, { day: '2026-03-01', cdn_bytes: 4 }])
  })
})

describe('who may look', () => {
  test('a secret key sees its own environment, and no other', async () => {
    const other = await payingStudio(stack, stored)
    const path = `/studio/environments/${other.environment.environmentId}/usage`
    expect((await studio.server('GET', path)).status).toBe(404)
    expect((await studio.member.api('GET', path)).status).toBe(404)
    expect((await other.member.api('GET', path)).status).toBe(200)
  })

  test('a month is a month', async () => {
    for (const month of ['2026-13', '2026-1', 'now', '1970-01']) {
      expect((await studio.bill('GET', `/usage?month=${month}`)).status).toBe(400)
    }
    expect((await callerOf(stack.api_url)('GET', '/billing/tiers?month=2026-01')).status).toBe(400)
  })
})
