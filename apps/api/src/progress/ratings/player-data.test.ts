import { unwrap } from '@aethex/sdk'
import { createServer } from '@aethex/sdk/server'
import { freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { Parts } from '../../gateway/context.js'
import { callerOf } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { playerData } from './player-data.js'
import { ratingsOf } from './service.js'

const stack = inject('stack')
const nobody = '01890000-0000-7000-8000-000000000000'
let environment: TestEnvironment
let stored: Stored
let parts: Parts

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  stored = openStored(stack)
  // Of the parts this feature uses the database alone.
  parts = { db: stored.db } as Parts
  const member = callerOf(stack.api_url, { authorization: `Bearer ${environment.memberToken}` })
  const path = `/studio/environments/${environment.environmentId}/settings/ratings.systems`
  const ratings = { duels: { system: 'glicko2', reported_by: 'anyone' } }
  expect((await member('PUT', path, { ratings })).status).toBe(200)
})
afterAll(() => stored.close())

const openServer = () => createServer({ apiKey: environment.secretKey, url: environment.apiUrl })

async function exported(playerId: string) {
  const files: Record<string, unknown> = {}
  const { environmentId } = environment
  for await (const file of playerData.exportFor(parts, environmentId, playerId)) {
    files[file.name] = file.content
  }
  return files
}

test('an export holds ratings, matches and reports, and nothing about whom they were against', async () => {
  const [one, other] = [await freshPlayer(environment), await freshPlayer(environment)]
  const server = openServer()
  const teams = [
    { players: [one.id], rank: 1 },
    { players: [other.id], rank: 2 },
  ]
  for (const match_id of ['first', 'second']) {
    await unwrap(server.ratings.report('duels', { match_id, teams }))
  }
  const said = { match_id: 'third', teams }
  await callerOf(stack.api_url, one.headers)('POST', '/ratings/duels/reports', said)
  const files = await exported(one.id)
  expect(files).toMatchObject({
    'ratings.json': [{ rating: 'duels', matches: 2 }],
    'matches/1.json': [
      { match_id: 'first', number: 1, rank: 1 },
      { match_id: 'second', number: 2, rank: 1 },
    ],
    'reports.json': [{ match_id: 'third', rank: 1 }],
  })
  expect(JSON.stringify(files)).not.toContain(other.id)
  server.close()
})

test('an erasure leaves nothing of the player, twice as well as once, and others keep what they won', async () => {
  const [one, other] = [await freshPlayer(environment), await freshPlayer(environment)]
  const server = openServer()
  const teams = [
    { players: [one.id], rank: 1 },
    { players: [other.id], rank: 2 },
  ]
  const match = { match_id: 'erased', teams }
  await unwrap(server.ratings.report('duels', match))
  const erase = () => playerData.eraseFor(parts, environment.environmentId, other.id)
  expect(await erase()).toEqual({ player_rating: 1, rating_change: 1, rating_report: 0 })
  expect(await exported(other.id)).toEqual({})
  expect(await erase()).toEqual({ player_rating: 0, rating_change: 0, rating_report: 0 })
  const { rating } = await unwrap(server.ratings.get('duels', one.id))
  expect(rating.matches).toBe(1)
  // The match stays counted: it cannot be reported once more.
  const { result } = await unwrap(server.ratings.report('duels', match))
  expect(result.players.map(({ user_id }) => user_id)).toEqual([one.id])
  server.close()
})

test('whoever puts matches together is told of every player that it asks about', async () => {
  const player = await freshPlayer(environment)
  const ask = (rating: string) =>
    ratingsOf(environment.environmentId, stored.db, rating, [player.id, nobody])
  const fresh = { rating: 1_500, uncertainty: 350 }
  expect(await ask('duels')).toEqual(
    new Map([
      [player.id, fresh],
      [nobody, fresh],
    ]),
  )
  expect(await ask('nothing')).toBeUndefined()
})
