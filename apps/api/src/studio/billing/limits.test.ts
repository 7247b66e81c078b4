import type { Running } from '@aethex/shared/lifecycle'
import { type Answer, codeOf, freshPlayer } from '@aethex/shared/testing'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { inParallel, tally } from '../../testing/caller.js'
import { type PayingStudio, payingStudio } from '../../testing/paying-studio.js'
import { openStored } from '../../testing/stored.js'

const stack = inject('stack')
const stored = openStored(stack)
const dayMs = 86_400_000
const month = new Date()
// The first day of the next month, so that fourteen days later it is still the same.
const start = Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1, 1, 12)
let ahead = start - Date.now()
let api: Running

beforeAll(async () => {
  api = await startAnotherApi(stack, {}, { now: () => new Date(Date.now() + ahead) })
})
afterAll(async () => {
  await api.close()
  await stored.close()
})

const limitedTo = (limits: Record<string, number>, apiUrl = api.url) =>
  payingStudio(stack, stored, { apiUrl, terms: { overrides: { limits } } })
const arrive = ({ game }: PayingStudio, device = crypto.randomUUID().repeat(2)) =>
  game('POST', '/auth/anonymous', { device_secret: device })
const days = async (count: number, work: () => Promise<void>) => {
  ahead += count * dayMs
  try {
    await work()
  } finally {
    ahead -= count * dayMs
  }
}
const toldOf = async ({ environment }: PayingStudio) =>
  (
    await stored.rows(
      "SELECT payload FROM webhook_event WHERE environment_id = $1 AND type = 'usage.limit_reached' ORDER BY id",
      environment.environmentId,
    )
  ).map(row => row.payload)
const lettersTo = async ({ member }: PayingStudio) =>
  (
    await stored.rows(
      "SELECT count(*) AS n FROM mail_outbox WHERE recipient_key = $1 AND template = 'member_notice'",
      member.email,
    )
  )[0]?.n
const extensionsOf = ({ body }: Answer) => {
  const { limit, used, allowed, tier, resets_at, upgrade_url } = Object(body)
  return { limit, used, allowed, tier, resets_at, upgrade_url }
}

describe('new players', () => {
  test('are let in a tenth beyond the limit, then refused with what there is to know', async () => {
    const game = await limitedTo({ monthly_active_players: 10 })
    for (let made = 0; made < 11; made++) expect((await arrive(game)).status).toBe(201)
    const refused = await arrive(game)
    expect([refused.status, codeOf(refused)]).toEqual([403, 'usage_limit_reached'])
    const nextMonth = new Date(start)
    expect(extensionsOf(refused)).toEqual({
      limit: 'monthly_active_players',
      used: 11,
      allowed: 10,
      tier: 'free',
      resets_at: new Date(
        Date.UTC(nextMonth.getUTCFullYear(), nextMonth.getUTCMonth() + 1, 1),
      ).toISOString(),
      upgrade_url: `${stack.api_url}/api/v1/billing/tiers`,
    })
    const players = await stored.rows(
      'SELECT id FROM player WHERE environment_id = $1',
      game.environment.environmentId,
    )
    expect(players).toHaveLength(11)
  })

  test('thirty at once never become more than the limit and its grace allow', async () => {
    const game = await limitedTo({ monthly_active_players: 20 })
    const answers = await inParallel(30, () => arrive(game))
    expect(tally(answers)).toEqual({ 201: 22, 403: 8 })
  })

  test('who has an account signs in whatever the limit says, also with a password', async () => {
    const game = await limitedTo({ monthly_active_players: 1 })
    const device = crypto.randomUUID().repeat(2)
    expect((await arrive(game, device)).status).toBe(201)
    expect((await arrive(game)).status).toBe(403)
    expect((await arrive(game, device)).status).toBe(200)
    const register = await game.game('POST', '/auth/register', {
      email: `${crypto.randomUUID()}@player.example`,
      password: 'correct horse battery',
      username: 'Late comer',
    })
    expect(codeOf(register)).toBe('usage_limit_reached')
  })

  test('have no more than fourteen days of grace, and a new month begins anew', async () => {
    const game = await limitedTo({ monthly_active_players: 20 })
    await inParallel(20, () => arrive(game))
    await expect.poll(() => toldOf(game), { timeout: 5_000 }).toHaveLength(2)
    await days(13, async () => expect((await arrive(game)).status).toBe(201))
    await days(15, async () => expect(codeOf(await arrive(game))).toBe('usage_limit_reached'))
    await days(32, async () => expect((await arrive(game)).status).toBe(201))
  })

  test('are let in again a second after the tier went up', async () => {
    const game = await limitedTo({ monthly_active_players: 1 })
    await arrive(game)
    expect((await arrive(game)).status).toBe(403)
    await game.agree({ tier: 'free', overrides: { limits: { monthly_active_players: 50 } } })
    await expect.poll(async () => (await arrive(game)).status).toBe(201)
  })
})

describe('whoever pays', () => {
  test('is told at 80 and at 100 percent, by webhook and letter, once', async () => {
    const game = await limitedTo({ monthly_active_players: 10 })
    for (let made = 0; made < 7; made++) await arrive(game)
    expect(await toldOf(game)).toEqual([])
    await arrive(game)
    await expect
      .poll(() => toldOf(game), { timeout: 5_000 })
      .toEqual([{ limit: 'monthly_active_players', used: 8, allowed: 10 }])
    await inParallel(3, () => arrive(game))
    await expect.poll(() => lettersTo(game), { timeout: 5_000 }).toBe(2)
    await inParallel(3, () => arrive(game))
    await new Promise(resolve => setTimeout(resolve, 1_500))
    expect(await lettersTo(game)).toBe(2)
    expect(await toldOf(game)).toHaveLength(2)
  })
})

describe('events', () => {
  const slowly = { interval: 500, timeout: 8_000 }
  const event = () => ({
    event_id: uuidv7(),
    name: 'level.finished',
    time: new Date().toISOString(),
  })
  const send = ({ server }: PayingStudio, count: number) =>
    server('POST', '/analytics/events', { events: Array.from({ length: count }, event) })

  test('carry a warning near the limit, and are refused beyond its grace; players and saves go on', async () => {
    const game = await limitedTo({ analytics_events: 100 }, stack.api_url)
    expect((await send(game, 79)).status).toBe(202)
    await expect
      .poll(async () => (await send(game, 1)).headers.get('x-usage-warning'), slowly)
      .toMatch(/^"analytics_events";used=\d+;allowed=100$/)
    expect((await send(game, 30)).status).toBe(202)
    await expect.poll(async () => (await send(game, 1)).status, slowly).toBe(403)
    const refused = await send(game, 1)
    expect(codeOf(refused)).toBe('usage_limit_reached')
    expect(extensionsOf(refused)).toMatchObject({ limit: 'analytics_events', allowed: 100 })
    const player = await freshPlayer(game.environment)
    const bearer = { authorization: player.headers.authorization ?? '' }
    const save = await game.game('POST', '/saves/me', { save_id: 'a', data: 1 }, bearer)
    expect(save.status).toBe(201)
  })
})
