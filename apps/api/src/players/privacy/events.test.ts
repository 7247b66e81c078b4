import { gzipSync } from 'node:zlib'
import { call, codeOf } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import { z } from 'zod'
import { startAnotherApi } from '../../testing/another-api.js'
import { type Caller, callerOf } from '../../testing/caller.js'
import { openPrivacyPlace, type PrivacyPlace, within } from '../../testing/privacy-place.js'
import { openStored, type Stored } from '../../testing/stored.js'
import { findTraces } from '../../testing/traces.js'

const stack = inject('stack')
let place: PrivacyPlace
let stored: Stored
let server: Caller

beforeAll(async () => {
  place = await openPrivacyPlace(stack)
  stored = openStored(stack)
  const { apiUrl, secretKey } = place.environment
  server = callerOf(apiUrl, { 'x-api-key': secretKey })
})
afterAll(() => stored.close())

const eventWith = (canary: string, over: object = {}) => ({
  event_id: crypto.randomUUID(),
  name: 'level.finished',
  time: new Date().toISOString(),
  properties: { canary },
  ...over,
})
const newCanary = () => `canary${crypto.randomUUID().replaceAll('-', '')}`
const send = (as: Caller, ...canaries: string[]) =>
  as('POST', '/analytics/events', { events: canaries.map(canary => eventWith(canary)) })

const Rows = z.object({ rows: z.array(z.object({ events: z.number() })) })
const day = (offset: number) =>
  new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10)

async function countStored(ask: Caller): Promise<number> {
  const question = { question: 'events_per_day', from: day(-1), to: day(1) }
  const { rows } = Rows.parse((await ask('POST', '/analytics/query', question)).body)
  return rows.reduce((sum, row) => sum + row.events, 0)
}

// The later it is, the more the other tests have left to look through.
vi.setConfig({ testTimeout: 150_000 })

test('I10: events before consent and after its withdrawal are refused, and are in no store', async () => {
  const home = await openPrivacyPlace(stack)
  const { as } = await home.player()
  const studio = callerOf(home.environment.apiUrl, { 'x-api-key': home.environment.secretKey })
  const [early, agreed, late] = [newCanary(), newCanary(), newCanary()]
  expect(codeOf(await send(as, early))).toBe('consent_required')
  await as('PUT', '/privacy/consents', { analytics: true })
  expect((await send(as, agreed)).status).toBe(202)
  await as('PUT', '/privacy/consents', { analytics: false })
  expect(codeOf(await send(as, late))).toBe('consent_required')
  expect(await within(15_000, async () => (await countStored(studio)) === 1)).toBe(true)
  expect(await findTraces(stack, stored, agreed)).toContain('clickhouse:events')
  expect(await findTraces(stack, stored, early, late)).toEqual([])
})

test('I10: a withdrawal counts in every process from its answer on', async () => {
  const { as, headers } = await place.player()
  const away = await startAnotherApi(stack)
  try {
    const elsewhere = callerOf(away.url, headers)
    await as('PUT', '/privacy/consents', { voice: true })
    for (let round = 0; round < 5; round++) {
      await elsewhere('PUT', '/privacy/consents', { marketing: round % 2 === 0 })
      const [here, there] = [as, elsewhere].map(caller => caller('GET', '/privacy/consents'))
      expect((await here)?.body).toEqual((await there)?.body)
    }
    await as('PUT', '/privacy/consents', { voice: false })
    expect((await elsewhere('GET', '/auth/permissions')).body).toMatchObject({
      permissions: { voice: false },
    })
  } finally {
    await away.close()
  }
})

test('I10: of a child nothing is stored, whoever sends it', async () => {
  const home = await openPrivacyPlace(stack)
  const { as, id } = await home.player()
  await as('PUT', '/privacy/consents', { analytics: true })
  await home.set('age.gate', { enabled: true })
  const [unasked, own, studios] = [newCanary(), newCanary(), newCanary()]
  expect(await within(1_600, async () => (await send(as, unasked)).status === 403)).toBe(true)
  await as('POST', '/auth/age', { birth_date: day(-3_000), country: 'US' })
  expect(codeOf(await send(as, own))).toBe('consent_required')
  const studio = callerOf(home.environment.apiUrl, { 'x-api-key': home.environment.secretKey })
  const named = { events: [eventWith(studios, { player_id: id })] }
  expect(codeOf(await studio('POST', '/analytics/events', named))).toBe('consent_required')
  await studio('POST', '/analytics/events', { events: [eventWith(newCanary())] })
  expect(await within(15_000, async () => (await countStored(studio)) >= 1)).toBe(true)
  expect(await findTraces(stack, stored, own, studios)).toEqual([])
})

test('I10: a studio’s server may name only players who have agreed, compressed or not', async () => {
  const [yes, no] = [await place.player(), await place.player()]
  await yes.as('PUT', '/privacy/consents', { analytics: true })
  const canary = newCanary()
  const events = [
    eventWith(canary),
    eventWith(canary, { player_id: yes.id.toUpperCase() }),
    eventWith(canary, { player_id: no.id }),
    eventWith(canary, { player_id: crypto.randomUUID() }),
  ]
  const refused = await server('POST', '/analytics/events', { events })
  expect(codeOf(refused)).toBe('consent_required')
  expect(Object(refused.body).errors.map((error: { pointer: string }) => error.pointer)).toEqual([
    '/events/2/player_id',
    '/events/3/player_id',
  ])
  const { apiUrl, secretKey } = place.environment
  const packed = await call('POST', `${apiUrl}/api/v1/analytics/events`, {
    bytes: new Uint8Array(gzipSync(JSON.stringify({ events }))),
    headers: { 'x-api-key': secretKey, 'content-encoding': 'gzip' },
  })
  expect(codeOf(packed)).toBe('consent_required')
  expect(await findTraces(stack, stored, canary)).toEqual([])
  const fine = { events: events.slice(0, 2) }
  expect((await server('POST', '/analytics/events', fine)).status).toBe(202)
})

test('what is no batch of events is refused for what it is', async () => {
  const answers = [
    await server('POST', '/analytics/events', { events: [{ player_id: 'nobody' }] }),
    await server('POST', '/analytics/events', { events: [] }),
  ]
  expect(answers.map(codeOf)).toEqual(['invalid_request', 'invalid_request'])
})
