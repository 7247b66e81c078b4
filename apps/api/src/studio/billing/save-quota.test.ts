import { randomBytes } from 'node:crypto'
import type { Running } from '@aethex/shared/lifecycle'
import { type Answer, codeOf, freshPlayer } from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { callerOf, inParallel, tally } from '../../testing/caller.js'
import { type PayingStudio, payingStudio } from '../../testing/paying-studio.js'
import { openStored } from '../../testing/stored.js'

const stack = inject('stack')
const stored = openStored(stack)
const dayMs = 86_400_000
let ahead = 0
let api: Running

beforeAll(async () => {
  api = await startAnotherApi(stack, {}, { now: () => new Date(Date.now() + ahead) })
})
afterAll(async () => {
  await api.close()
  await stored.close()
})

const kilobyte = 1_024
/** A text that takes so many bytes as JSON, and hardly less in the store. */
const noise = (bytes: number) =>
  randomBytes(Math.round(bytes))
    .toString('base64')
    .slice(0, Math.round(bytes) - 2)

async function playerWith(bytes: number, apiUrl = stack.api_url) {
  const studio = await payingStudio(stack, stored, {
    apiUrl,
    terms: { overrides: { limits: { save_bytes_per_player: bytes } } },
  })
  const player = await freshPlayer(studio.environment)
  const call = callerOf(apiUrl, player.headers)
  return {
    studio,
    id: player.id,
    write: (save_id: string, data: unknown) => call('POST', '/saves/me', { save_id, data }),
    remove: (save_id: string) => call('DELETE', `/saves/me/${save_id}`),
    server: (save_id: string, data: unknown) =>
      studio.server('POST', `/saves/${player.id}`, { save_id, data }),
  }
}

const usageRow = async (playerId: string) =>
  (
    await stored.rows(
      'SELECT bytes, kept_bytes, over_since FROM save_usage WHERE player_id = $1',
      playerId,
    )
  )[0]
/** Counted anew from the versions themselves, without what the counting itself wrote. */
const recount = async (playerId: string) =>
  (
    await stored.rows(
      `SELECT
         (SELECT coalesce(sum(v.size) FILTER (WHERE v.version = s.head_version AND NOT s.deleted), 0)::bigint
          FROM save_slot s JOIN save_version v USING (environment_id, player_id, save_id) WHERE player_id = $1) AS bytes,
         (SELECT coalesce(sum(stored_size), 0)::bigint FROM save_pack WHERE player_id = $1) AS kept_bytes`,
      playerId,
    )
  )[0]
const expectExact = async (playerId: string) =>
  expect(await usageRow(playerId)).toMatchObject({ ...(await recount(playerId)) })
const toldOf = async ({ environment }: PayingStudio) =>
  (
    await stored.rows(
      "SELECT payload->>'limit' AS l FROM webhook_event WHERE environment_id = $1 AND type = 'usage.limit_reached'",
      environment.environmentId,
    )
  ).map(row => row.l)
const extensionsOf = ({ body }: Answer) => {
  const { limit, used, allowed, tier, resets_at } = Object(body)
  return { limit, used, allowed, tier, resets_at }
}

describe('what a player’s saves take', () => {
  test('A-PRC-02: is what their living slots take as the player sees them; replaced and deleted ones take nothing', async () => {
    const player = await playerWith(1_000 * kilobyte)
    await player.write('a', noise(10 * kilobyte))
    await player.write('a', noise(20 * kilobyte))
    await player.write('b', noise(5 * kilobyte))
    await expectExact(player.id)
    const full = Number((await usageRow(player.id))?.bytes)
    expect(full).toBeGreaterThan(18 * kilobyte)
    expect(full).toBeLessThan(30 * kilobyte)
    await player.write('a', 'short')
    await expectExact(player.id)
    await player.remove('b')
    await expectExact(player.id)
    expect(Number((await usageRow(player.id))?.bytes)).toBeLessThan(100)
    await player.write('b', { back: true })
    await expectExact(player.id)
  })

  test('equals a recount after fifty writes and deletes in a mess', async () => {
    const player = await playerWith(1_000 * kilobyte)
    await inParallel(50, index => {
      const slot = `slot${index % 5}`
      return index % 7 === 6
        ? player.remove(slot)
        : player.write(slot, noise((index % 9) * kilobyte + 10))
    })
    await expectExact(player.id)
  })
})

describe('the limit of one player', () => {
  test('F6: thirty parallel saves at the edge never take more than the limit and its grace', async () => {
    const player = await playerWith(10 * kilobyte)
    const data = noise(kilobyte)
    const answers = await inParallel(30, index => player.write(`slot${index}`, data))
    const refused = answers.filter(answer => answer.status !== 201)
    expect(refused.length).toBeGreaterThan(0)
    for (const answer of refused) expect(codeOf(answer)).toBe('usage_limit_reached')
    const { bytes } = Object(await usageRow(player.id))
    expect(bytes).toBeLessThanOrEqual(Math.floor(11 * kilobyte))
    expect(bytes).toBeGreaterThan(9 * kilobyte)
    await expectExact(player.id)
    expect(tally(answers)[201]).toBe(
      (await stored.rows('SELECT FROM save_slot WHERE player_id = $1', player.id)).length,
    )
  })

  test('names itself when it refuses, and warns before', async () => {
    const player = await playerWith(10 * kilobyte)
    const small = await player.write('a', noise(2 * kilobyte))
    expect(small.headers.get('x-usage-warning')).toBeNull()
    const near = await player.write('a', noise(9 * kilobyte))
    const { bytes } = Object(await usageRow(player.id))
    expect(near.headers.get('x-usage-warning')).toBe(
      `"save_bytes_per_player";used=${bytes};allowed=10240`,
    )
    const refused = await player.write('b', noise(9 * kilobyte))
    expect([refused.status, extensionsOf(refused)]).toEqual([
      403,
      {
        limit: 'save_bytes_per_player',
        used: bytes,
        allowed: 10 * kilobyte,
        tier: 'free',
        resets_at: null,
      },
    ])
    expect(codeOf(await player.server('b', noise(9 * kilobyte)))).toBe('usage_limit_reached')
  })

  test('what is refused is not stored either', async () => {
    const player = await playerWith(10 * kilobyte)
    await player.write('a', noise(9 * kilobyte))
    const before = await usageRow(player.id)
    await player.write('b', noise(9 * kilobyte))
    expect(await usageRow(player.id)).toEqual(before)
    expect(await stored.rows('SELECT FROM save_slot WHERE player_id = $1', player.id)).toHaveLength(
      1,
    )
  })

  test('within its grace a little more is taken; after fourteen days only what does not grow', async () => {
    const player = await playerWith(10 * kilobyte, api.url)
    const server = (save_id: string, data: unknown) => player.server(save_id, data)
    await server('a', noise(5 * kilobyte))
    expect((await server('b', noise(5.2 * kilobyte))).status).toBe(201)
    expect(Object(await usageRow(player.id)).bytes).toBeGreaterThan(10 * kilobyte)
    expect((await server('c', noise(50))).status).toBe(201)
    ahead = 15 * dayMs
    try {
      expect(codeOf(await server('d', noise(50)))).toBe('usage_limit_reached')
      expect(codeOf(await server('c', noise(90)))).toBe('usage_limit_reached')
      expect((await server('b', noise(5.1 * kilobyte))).status).toBe(201)
      expect((await server('b', noise(kilobyte))).status).toBe(201)
      expect(await usageRow(player.id)).toMatchObject({ over_since: null })
      expect((await server('d', noise(2 * kilobyte))).status).toBe(201)
      const gone = await player.studio.server('DELETE', `/saves/${player.id}/a`)
      expect(gone.status).toBe(204)
    } finally {
      ahead = 0
    }
    await expectExact(player.id)
  })

  test('made smaller by a downgrade takes nothing away: reading, shrinking and deleting go on', async () => {
    const player = await playerWith(100 * kilobyte)
    await player.write('a', noise(50 * kilobyte))
    await player.write('b', noise(20 * kilobyte))
    await player.studio.agree({ overrides: { limits: { save_bytes_per_player: 10 * kilobyte } } })
    await new Promise(resolve => setTimeout(resolve, 1_100))
    expect(codeOf(await player.write('c', noise(kilobyte)))).toBe('usage_limit_reached')
    expect((await player.write('a', noise(49 * kilobyte))).status).toBe(201)
    expect((await player.remove('b')).status).toBe(204)
    await expectExact(player.id)
  })

  test('the organisation is told once, however many players come near', async () => {
    const { studio, write } = await playerWith(10 * kilobyte)
    await write('a', noise(9.9 * kilobyte))
    const other = callerOf(stack.api_url, (await freshPlayer(studio.environment)).headers)
    await other('POST', '/saves/me', { save_id: 'a', data: noise(8.5 * kilobyte) })
    await expect.poll(() => toldOf(studio)).toEqual(['save_bytes_per_player'])
    await write('a', noise(10.1 * kilobyte))
    await expect.poll(() => toldOf(studio)).toHaveLength(2)
  })
})
