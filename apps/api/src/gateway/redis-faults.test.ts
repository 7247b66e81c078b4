import { rmSync } from 'node:fs'
import type { Running } from '@aethex/shared/lifecycle'
import { createLog } from '@aethex/shared/log'
import { openRedis, type Redis } from '@aethex/shared/redis'
import {
  call,
  freshEnvironment,
  freshPlayer,
  startTestRedis,
  type TestEnvironment,
  type TestPlayer,
  type TestRedis,
} from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { wingsOf } from '../services.js'
import { startAnotherApi } from '../testing/another-api.js'
import { anyRequest } from '../testing/any-request.js'
import { callerOf } from '../testing/caller.js'

/** A Redis that is there and does not do what it is asked, which is worse than none. */

const stack = inject('stack')
let environment: TestEnvironment
let player: TestPlayer
let server: TestRedis
let redis: Redis
let api: Running

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  player = await freshPlayer(environment)
  server = await startTestRedis()
  redis = openRedis(server.url, createLog('test', 'silent'))
  api = await startAnotherApi(stack, { REDIS_URL: server.url })
})
afterAll(async () => {
  await api.close()
  redis.disconnect()
  await server.close()
})

const as = (headers: Record<string, string>) => callerOf(api.url, headers)
const timed = async (asked: ReturnType<ReturnType<typeof callerOf>>) => {
  const begun = performance.now()
  const answer = await asked
  return { status: answer.status, code: Object(answer.body).code, ms: performance.now() - begun }
}
const refused = { status: 503, code: 'unavailable' }

test('N6: a Redis that stands still holds nobody up: players come in, and what needs it says so in time', async () => {
  const game = as(player.headers)
  const newcomer = as({ 'x-api-key': environment.publishableKey })
  const device = { device_secret: crypto.randomUUID() + crypto.randomUUID() }
  // Before this it has answered once: a process that never spoke to it would not be held up at all.
  expect((await game('GET', '/rooms')).status).toBe(200)
  await redis.client('PAUSE', 6_000, 'ALL')
  const [profile, signedIn, ticket, made, listed, queued] = await Promise.all([
    timed(game('GET', '/auth/profile')),
    timed(newcomer('POST', '/auth/anonymous', device)),
    timed(game('POST', '/realtime/tickets', {})),
    timed(game('POST', '/rooms', {})),
    timed(game('GET', '/rooms')),
    timed(
      game('POST', '/matchmaking/tickets', { mode: 'duel', region: 'eu', skill_range: [0, 1] }),
    ),
  ])
  expect([profile.status, signedIn.status]).toEqual([200, 201])
  for (const answer of [ticket, made, listed, queued]) expect(answer).toMatchObject(refused)
  for (const { ms } of [profile, signedIn, ticket, made, listed, queued]) {
    expect(ms).toBeLessThan(5_500)
  }
  await expect.poll(async () => (await game('GET', '/rooms')).status, { timeout: 15_000 }).toBe(200)
})

/** A snapshot that cannot be written, as on a full disk: from then on Redis answers MISCONF to every write. */
async function fillDisk(): Promise<void> {
  const [, folder] = Object(await redis.config('GET', 'dir'))
  rmSync(folder, { recursive: true })
  await redis.config('SET', 'save', '3600 1')
  await redis.bgsave()
  await expect
    .poll(async () => /rdb_last_bgsave_status:(\w+)/.exec(await redis.info('persistence'))?.[1])
    .toBe('err')
  await expect(redis.set('any', 'thing')).rejects.toThrow('MISCONF')
}

test('N8: with a Redis that takes no writes no route fails without saying why, and reads go on', async () => {
  const { organizationId, projectId, environmentId } = environment
  const ids = {
    organization_id: organizationId,
    project_id: projectId,
    environment_id: environmentId,
  }
  const made = Object((await as(player.headers)('POST', '/rooms', { is_listed: true })).body)
  await fillDisk()
  // What would take the ground away from the others: whole tenants, accounts and sessions.
  const isFinal =
    /^(organizations|projects|environments)\.(delete|remove)|logout|eras|revoke|delete_/
  const asked = wingsOf(['all'])
    .flatMap(wing => wing.routes)
    .filter(({ id }) => !isFinal.test(id))
  const failed: string[] = []
  for (let from = 0; from < asked.length; from += 20) {
    await Promise.all(
      asked.slice(from, from + 20).map(async route => {
        const [method, path, sent] = anyRequest(route, { environment, player }, ids)
        // Not every answer is JSON, but every failure is.
        const answer = await call(method, api.url + path, sent).catch(() => undefined)
        if (answer?.status === 500) failed.push(route.id)
      }),
    )
  }
  expect(failed).toEqual([])
  const game = as(player.headers)
  const listed = await game('GET', '/rooms')
  expect([listed.status, Object(listed.body).items]).toMatchObject([
    200,
    [{ room_id: made.room.room_id }],
  ])
  expect(await timed(game('POST', '/rooms', {}))).toMatchObject(refused)
  expect(await timed(game('POST', '/realtime/tickets', {}))).toMatchObject(refused)
  await redis.config('SET', 'stop-writes-on-bgsave-error', 'no')
  await expect.poll(async () => (await game('POST', '/rooms', {})).status).toBe(201)
})
