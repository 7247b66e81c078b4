import { codeOf, freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Caller, callerOf } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { keepWorlds } from './upkeep.js'

const stack = inject('stack')
let home: TestEnvironment
let stored: Stored
let server: Caller

beforeAll(async () => {
  home = await freshEnvironment(stack)
  stored = openStored(stack)
  server = callerOf(home.apiUrl, { 'x-api-key': home.secretKey })
  const path = `/studio/environments/${home.environmentId}/settings/worlds.history`
  const rules = { keep_snapshots: 2, keep_events_hours: 1 }
  expect((await server('PUT', path, rules)).status).toBe(200)
})
afterAll(() => stored.close())

const hoursAhead = (hours: number) => ({
  db: stored.db,
  now: () => new Date(Date.now() + hours * 3_600_000),
})
const never = () => false

async function worldWith(events: number, snapshots: readonly number[]) {
  const world = `w-${crypto.randomUUID()}`
  const given = Array.from({ length: events }, (_, n) => ({
    event_id: `e${n}`,
    type: 't',
    data: n,
  }))
  await server('POST', `/worlds/${world}/events`, { events: given })
  for (const sequence of snapshots) {
    await server('PUT', `/worlds/${world}/snapshot`, { sequence, state: sequence })
  }
  return world
}

describe('the journal', () => {
  test('goes up to the oldest kept snapshot once it is old enough, and says so to who reads from before', async () => {
    const world = await worldWith(20, [4, 9, 15])
    await keepWorlds(hoursAhead(0), never)
    expect((await server('GET', `/worlds/${world}/events?after=0`)).status).toBe(200)
    await keepWorlds(hoursAhead(2), never)
    const refused = await server('GET', `/worlds/${world}/events?after=8`)
    expect([refused.status, codeOf(refused)]).toEqual([409, 'journal_trimmed'])
    expect(refused.body).toMatchObject({ trimmed_sequence: 9, snapshot_sequence: 15 })
    const { items } = Object((await server('GET', `/worlds/${world}/events?after=9`)).body)
    expect(items.map((one: { sequence: number }) => one.sequence)).toEqual(
      Array.from({ length: 11 }, (_, n) => n + 10),
    )
    // The state after any event from there on can still be made.
    const oldest = await server('GET', `/worlds/${world}/snapshot?at_sequence=9`)
    expect(oldest.body).toMatchObject({ state: 9 })
    expect((await server('GET', `/worlds/${world}/snapshot?at_sequence=8`)).status).toBe(404)
    const next = await server('POST', `/worlds/${world}/events`, {
      events: [{ event_id: 'next', type: 't', data: 1 }],
    })
    expect(Object(next.body).last_sequence).toBe(21)
  })

  test('stays whole while there is no snapshot', async () => {
    const world = await worldWith(3, [])
    await keepWorlds(hoursAhead(1_000), never)
    const { items } = Object((await server('GET', `/worlds/${world}/events`)).body)
    expect(items).toHaveLength(3)
  })
})

test('a deleted world leaves no row behind, and its name is free again', async () => {
  const world = await worldWith(5, [5])
  await server('DELETE', `/worlds/${world}`)
  await keepWorlds(hoursAhead(0), never)
  for (const table of ['world', 'world_event', 'world_snapshot']) {
    const sql = `SELECT 1 FROM ${table} WHERE environment_id = $1 AND world_id = $2`
    expect(await stored.rows(sql, home.environmentId, world)).toEqual([])
  }
  const anew = await server('POST', `/worlds/${world}/events`, {
    events: [{ event_id: 'e0', type: 't', data: 'another' }],
  })
  expect(Object(anew.body).last_sequence).toBe(1)
})
