import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Cloud, createCloud, unwrap } from '@aethex/sdk'
import { freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { startTestStack, type TestStack } from '../test-stack.js'
import { expectChatKept, expectEventsKept, expectSavesKept, expectScoresKept } from './checks.js'
import { chaosChannel, type Load, startLoad } from './load.js'

/**
 * FAULTS N1, N2, N5 and N14 in their simple form: every process is killed -9 once in the middle of load,
 * started again, and afterwards everything that was acknowledged is there.
 */

const board = 'turns'
let platform: TestStack
let environment: TestEnvironment
let load: Load
let listener: Cloud
/** What somebody hears who listens all the time. */
const heard: (string | null)[] = []

const newCloud = () =>
  createCloud({
    apiKey: environment.publishableKey,
    url: environment.apiUrl,
    WebSocket,
    reconnect: { firstMs: 200, maxMs: 1_000 },
  })

beforeAll(async () => {
  platform = await startTestStack({ dataDir: mkdtempSync(path.join(tmpdir(), 'aethex-chaos-')) })
  platform.stack.supervise = false
  environment = await freshEnvironment(platform.file)
  await fetch(`${environment.apiUrl}/api/v1/leaderboards/${board}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'x-api-key': environment.secretKey },
    body: JSON.stringify({ order: 'desc', keep: 'best' }),
  })
  await fetch(
    `${environment.apiUrl}/api/v1/studio/environments/${environment.environmentId}/settings/chat.rules`,
    {
      method: 'PUT',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${environment.memberToken}`,
      },
      // Nobody is to wait because of what they said before.
      body: JSON.stringify({ messages_per_ten_seconds: 100, repeats_per_minute: 100 }),
    },
  )
  listener = newCloud()
  unwrap(await listener.auth.loginAnonymous())
  const { channel } = unwrap(await listener.social.chat.open(chaosChannel))
  channel.on('message', ({ text }) => heard.push(text))
  load = await startLoad(environment, board, 6)
  await load.untilServing()
})

afterAll(async () => {
  listener.close()
  await platform.remove()
})

const downMs = 300

test.each(['api', 'analytics', 'relay-1', 'postgres', 'redis', 's3', 'clickhouse'])(
  'comes back to service by itself after kill -9 of %s',
  async name => {
    platform.stack.kill(name, 'SIGKILL')
    await new Promise(resolve => setTimeout(resolve, downMs))
    await platform.stack.start(name)
    await load.untilServing()
  },
)

test('connections cut in the middle of transactions cost answers, not the process', async () => {
  const database = new pg.Client({ connectionString: platform.file.database_url })
  await database.connect()
  const pid = platform.stack.pids.api
  for (let cut = 0; cut < 15; cut++) {
    await database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    )
    await new Promise(resolve => setTimeout(resolve, 60))
  }
  await database.end()
  await load.untilServing()
  expect(platform.stack.pids.api).toBe(pid)
})

test('two players in a room find each other again after kill -9 of their relay node', async () => {
  const clouds = await Promise.all(
    [1, 2].map(async () => {
      const cloud = newCloud()
      unwrap(await cloud.auth.loginAnonymous())
      unwrap(await cloud.multiplayer.joinRoom('arena'))
      return cloud
    }),
  )
  const [ada, bob] = clouds
  if (ada === undefined || bob === undefined) throw new Error('two players were asked for')
  const bobSees = (x: number) =>
    new Promise<void>(resolve => {
      const stop = bob.multiplayer.on('player_state', (_playerId, state) => {
        if (state.x !== x) return
        stop()
        clearInterval(timer)
        resolve()
      })
      const timer = setInterval(() => ada.multiplayer.sendState({ x }), 60)
    })
  await bobSees(1)
  platform.stack.kill('relay-1', 'SIGKILL')
  await new Promise(resolve => setTimeout(resolve, downMs))
  await platform.stack.start('relay-1')
  await bobSees(2)
  for (const cloud of clouds) cloud.close()
})

test('nothing that was acknowledged is lost or doubled', async () => {
  await load.stop()
  console.log(
    `saves ${load.ledger.saves.length}, messages ${load.ledger.chat.acked.size}, events ${load.ledger.events.acked.size} acknowledged of ${load.ledger.events.sent.size} sent,`,
    'answers by status',
    Object.fromEntries(load.ledger.statuses),
  )
  expect(load.ledger.statuses.get(500), 'a fault of a part is 503, never 500').toBeUndefined()
  await expectSavesKept(environment, load)
  await expectScoresKept(environment, platform.file, board, load)
  await expectEventsKept(environment, platform.file, load)
})

test('C-SET, C-SEQ: what was said is stored once, and heard once and in order, through the death of every process', async () => {
  const said = await expectChatKept(environment, load, chaosChannel)
  expect(load.ledger.chat.acked.size).toBeGreaterThan(20)
  await expect.poll(() => heard.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(said.length)
  expect(heard).toEqual(said)
})

test('ranks are rebuilt when Redis comes back empty', async () => {
  const { stack } = platform
  const { Redis } = await import('ioredis')
  const redis = new Redis(platform.file.redis_url)
  await redis.flushall()
  redis.disconnect()
  stack.kill('redis', 'SIGKILL')
  await stack.start('redis')
  await expectScoresKept(environment, platform.file, board, load)
})
