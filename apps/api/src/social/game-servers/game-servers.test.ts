import {
  codeOf,
  freshEnvironment,
  freshPlayer,
  type TestEnvironment,
  type TestPlayer,
} from '@aethex/shared/testing'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { type Caller, callerOf, inParallel, tally } from '../../testing/caller.js'

const stack = inject('stack')
let home: TestEnvironment
let away: TestEnvironment
let ann: TestPlayer
let bob: TestPlayer

beforeAll(async () => {
  home = await freshEnvironment(stack)
  away = await freshEnvironment(stack)
  ann = await freshPlayer(home)
  bob = await freshPlayer(home)
})

const as = ({ headers }: TestPlayer) => callerOf(home.apiUrl, headers)
const studioOf = (environment: TestEnvironment) =>
  callerOf(environment.apiUrl, { 'x-api-key': environment.secretKey })
const facts = { name: 'one', host: '203.0.113.7', port: 7777, region: 'eu', capacity: 2 }

async function register(studio: Caller = studioOf(home), more: object = {}) {
  const answer = await studio('POST', '/game-servers', { ...facts, ...more })
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  const { server, allocation_token } = Object(answer.body)
  return { server, allocation_token, path: `/game-servers/${server.server_id}` }
}
const listed = async (caller: Caller, query = '') =>
  Object((await caller('GET', `/game-servers?${query}`)).body).items.map(
    ({ server_id }: { server_id: string }) => server_id,
  )

describe('a game server', () => {
  test('is found by players while it is heard of, by region and free seats', async () => {
    const { server, allocation_token, path } = await register(studioOf(home), { region: 'us' })
    expect(await listed(as(ann), 'region=us')).toEqual([server.server_id])
    const beat = await studioOf(home)('PUT', `${path}/heartbeat`, { players: 2, allocation_token })
    expect(Object(beat.body).server).toMatchObject({ players: 2, capacity: 2 })
    expect(await listed(as(ann), 'region=us&has_free_seats=true')).toEqual([])
    expect(codeOf(await as(ann)('POST', `${path}/join-tokens`))).toBe('room_full')
    expect((await studioOf(home)('DELETE', path)).status).toBe(204)
    expect(await listed(as(ann), 'region=us')).toEqual([])
    expect(codeOf(await studioOf(home)('DELETE', path))).toBe('not_found')
  })

  test('is listed page by page', async () => {
    const ids: string[] = []
    for (let index = 0; index < 3; index++) {
      ids.push((await register(studioOf(home), { region: 'pages' })).server.server_id)
    }
    const first = Object((await as(ann)('GET', '/game-servers?region=pages&limit=2')).body)
    const rest = await listed(as(ann), `region=pages&cursor=${first.next_cursor}`)
    expect(first.items).toHaveLength(2)
    expect(rest).toEqual(ids.slice(2))
  })
})

describe('H17: a fake game server', () => {
  test('is not registered without a secret key, nor by a player', async () => {
    for (const headers of [{}, { 'x-api-key': home.publishableKey }, ann.headers]) {
      const answer = await callerOf(home.apiUrl, headers)('POST', '/game-servers', facts)
      expect([401, 403]).toContain(answer.status)
    }
  })

  test('does not speak for another: it takes the allocation token, not the key alone', async () => {
    const { path } = await register()
    const other = await register()
    const { allocation_token } = other
    const studio = studioOf(home)
    const beat = await studio('PUT', `${path}/heartbeat`, { players: 0, allocation_token })
    expect(codeOf(beat)).toBe('forbidden')
    const issued = await as(ann)('POST', `${path}/join-tokens`)
    const { join_token } = Object(issued.body)
    const stolen = { join_token, allocation_token }
    expect(codeOf(await studio('POST', `${path}/join-tokens/redeem`, stolen))).toBe('forbidden')
    // Nor does a token for one server open another.
    const redeemed = await studio('POST', `${other.path}/join-tokens/redeem`, stolen)
    expect(codeOf(redeemed)).toBe('code_invalid')
  })

  test('of another environment neither sees nor redeems anything', async () => {
    const { server, path, allocation_token } = await register()
    const { join_token } = Object((await as(ann)('POST', `${path}/join-tokens`)).body)
    const stranger = studioOf(away)
    expect(await listed(stranger)).not.toContain(server.server_id)
    const asked = { join_token, allocation_token }
    expect(codeOf(await stranger('POST', `${path}/join-tokens/redeem`, asked))).toBe('not_found')
    const beat = { players: 1, allocation_token }
    expect(codeOf(await stranger('PUT', `${path}/heartbeat`, beat))).toBe('not_found')
    expect(codeOf(await stranger('DELETE', path))).toBe('not_found')
  })
})

describe('H17: a join token', () => {
  test('says who the player is, and only once, however many ask at once', async () => {
    const { path, allocation_token } = await register()
    const tokens: string[] = []
    for (const player of [ann, bob]) {
      const { join_token } = Object((await as(player)('POST', `${path}/join-tokens`)).body)
      tokens.push(join_token)
    }
    expect(tokens[0]).not.toBe(tokens[1])
    const redeem = (join_token = '') =>
      studioOf(home)('POST', `${path}/join-tokens/redeem`, { join_token, allocation_token })
    expect((await redeem(tokens[1])).body).toEqual({ player_id: bob.id, username: bob.username })
    const answers = await inParallel(10, () => redeem(tokens[0]))
    expect(tally(answers)).toEqual({ 200: 1, 400: 9 })
    expect(codeOf(await redeem('A'.repeat(32)))).toBe('code_invalid')
  })
})
