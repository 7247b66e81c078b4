import type { Running } from '@aethex/shared/lifecycle'
import {
  freshEnvironment,
  freshPlayer,
  startTestRedis,
  type TestEnvironment,
  type TestPlayer,
  type TestRedis,
} from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { startAnotherApi } from '../../testing/another-api.js'
import { callerOf } from '../../testing/caller.js'
import { openStored, type Stored } from '../../testing/stored.js'

const stack = inject('stack')
let environment: TestEnvironment
let player: TestPlayer
let stored: Stored
let redis: TestRedis
let api: Running

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  player = await freshPlayer(environment)
  stored = openStored(stack)
  redis = await startTestRedis()
  api = await startAnotherApi(stack, {
    REDIS_URL: redis.url,
  })
})
afterAll(async () => {
  await api.close()
  await redis.close()
  await stored.close()
})

async function save(saveId: string): Promise<void> {
  const game = callerOf(api.url, player.headers)
  const { status } = await game('POST', '/saves/me', { save_id: saveId, data: {} })
  expect(status).toBe(201)
}

const studio = (method: string, path: string, json: unknown) =>
  callerOf(api.url, { authorization: `Bearer ${environment.memberToken}` })(
    method,
    `/studio/environments/${environment.environmentId}/webhooks${path}`,
    json,
  )

const toldOf = async (saveId: string) =>
  (
    await stored.rows(
      `SELECT id FROM webhook_event WHERE environment_id = $1 AND type = 'save.written'
         AND payload ->> 'save_id' = $2`,
      environment.environmentId,
      saveId,
    )
  ).length

test('writes an event only while an endpoint asks for it, from the moment it does', async () => {
  await save('unheard')
  expect(await toldOf('unheard')).toBe(0)

  const url = 'http://127.0.0.1:9/hook'
  const others = await studio('POST', '', { url, events: ['player.banned'] })
  const { id } = z.object({ endpoint: z.object({ id: z.string() }) }).parse(others.body).endpoint
  await save('other-events')
  expect(await toldOf('other-events')).toBe(0)

  await studio('PATCH', `/${id}`, { events: ['player.banned', 'save.written'] })
  await save('asked-for')
  expect(await toldOf('asked-for')).toBe(1)

  await studio('PATCH', `/${id}`, { events: [] })
  await save('all')
  expect(await toldOf('all')).toBe(1)

  await studio('PATCH', `/${id}`, { enabled: false })
  await save('switched-off')
  expect(await toldOf('switched-off')).toBe(0)
})

test('stores a save although Redis is out and nobody can be told', async () => {
  await redis.kill()
  await save('untold')
  await redis.start()
  await save('told-again')
})
