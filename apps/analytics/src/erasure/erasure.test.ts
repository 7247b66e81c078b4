import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { identityHeader, writeIdentity } from '@aethex/shared/auth'
import type { Running } from '@aethex/shared/lifecycle'
import { startTestClickHouse, type TestClickHouse } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { newSpoolDir, startTestAnalytics } from '../test-analytics.js'
import { countEvents, internalSecret, newEvent, player, post, server } from '../test-caller.js'

let clickhouse: TestClickHouse
let spoolDir: string
let app: Running

beforeAll(async () => {
  clickhouse = await startTestClickHouse()
  spoolDir = await newSpoolDir()
  app = await startTestAnalytics({ clickhouseUrl: clickhouse.url, spoolDir })
}, 60_000)

afterAll(async () => {
  await app.close()
  await clickhouse.close()
  await rm(spoolDir, { recursive: true, force: true })
})

const environmentId = randomUUID()

/** What only our own apps may ask. */
async function ask(path: string, body: object, scopes = ['privacy:read', 'privacy:write']) {
  const who = server(environmentId, { scopes })
  const response = await fetch(`${app.url}/internal/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: {
      'content-type': 'application/json',
      [identityHeader]: writeIdentity(internalSecret, who),
    },
  })
  return { status: response.status, body: await response.json() }
}

const play = (who: ReturnType<typeof player>, count: number) =>
  post(app.url, 'events', { events: Array.from({ length: count }, () => newEvent()) }, who)

test('erases what a player has sent, the events still in the spool included, and nobody else’s', async () => {
  const ada = player({ environment_id: environmentId })
  const ben = player({ environment_id: environmentId })
  await play(ada, 7)
  await play(ben, 5)
  const elsewhere = player({ player_id: ada.player_id })
  await play(elsewhere, 3)
  expect(await ask('erasures', { player_id: ada.player_id })).toEqual({
    status: 200,
    body: { events: 7 },
  })
  expect(await countEvents(app.url, environmentId)).toBe(5)
  expect(await countEvents(app.url, elsewhere.environment_id)).toBe(3)
  expect((await ask('erasures', { player_id: ada.player_id })).body).toEqual({ events: 0 })
})

test('hands out the events of one player, page after page', async () => {
  const ada = player({ environment_id: environmentId })
  for (let batch = 0; batch < 3; batch++) await play(ada, 500)
  await ask('erasures', { player_id: randomUUID() })
  const Page = z.object({ events: z.array(z.looseObject({ event_id: z.string() })) })
  const seen = new Set<string>()
  let after: string | null = null
  for (;;) {
    const { events } = Page.parse((await ask('exports', { player_id: ada.player_id, after })).body)
    for (const { event_id } of events) seen.add(event_id)
    const last = events.at(-1)
    if (last === undefined) break
    after = last.event_id
  }
  expect(seen.size).toBe(1_500)
})

test('refuses who has not been sent by the gateway for that', async () => {
  expect((await ask('erasures', { player_id: randomUUID() }, [])).status).toBe(403)
  const bare = await fetch(`${app.url}/internal/erasures`, { method: 'POST', body: '{}' })
  expect(bare.status).toBe(401)
})
