import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freshEnvironment, startTestRedis, type TestRedis } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type PostgresFault,
  type PostgresProxy,
  startPostgresProxy,
} from '../../../faults/postgres-proxy.js'
import { freePort } from '../../../local/ports.js'
import { seedDemo } from '../../../local/seed.js'
import { startTestStack, type TestStack } from '../../test-stack.js'
import { type ApiProcess, apiProcess } from './api-process.js'
import { type Ledger, openLedger } from './ledger.js'
import { openSmallDisk, type SmallDisk } from './small-disk.js'

/**
 * FAULTS N23 for cloud saves: PostgreSQL runs out of space in the middle of writing. Where a small file system can be
 * mounted the disk is really full; elsewhere the proxy says on the wire what a full disk makes the server say.
 */

let platform: TestStack
let redis: TestRedis
let disk: SmallDisk
let proxy: PostgresProxy
let api: ApiProcess
let ledger: Ledger
let isFullOnTheWire = false

const outOfSpace: PostgresFault = {
  kind: 'fails',
  sqlState: '53100',
  said: 'could not extend file: No space left on device',
}

beforeAll(async () => {
  platform = await startTestStack({ dataDir: mkdtempSync(path.join(tmpdir(), 'aethex-no-space-')) })
  redis = await startTestRedis()
  disk = await openSmallDisk('a password of the test')
  proxy = await startPostgresProxy({
    target: () => Number(new URL(disk.url).port),
    faultOf: statement =>
      isFullOnTheWire && statement.startsWith('saves.append') ? outOfSpace : { kind: 'none' },
  })
  const behindProxy = new URL(disk.url)
  behindProxy.port = String(proxy.port)
  api = apiProcess({
    name: 'api-on-a-small-disk',
    port: await freePort(),
    stack: { ...platform.file, redis_url: redis.url },
    databaseUrl: behindProxy.href,
    s3Endpoint: platform.file.s3.endpoint,
  })
  await api.start()
  const api_url = `http://127.0.0.1:${api.port}`
  const { email, password } = await seedDemo(api_url, path.join(platform.file.data_dir, 'spool'))
  const environment = await freshEnvironment({ api_url, studio: { email, password } })
  ledger = await openLedger(environment, () => api_url)
}, 240_000)

afterAll(async () => {
  await api.kill()
  await proxy.close()
  await disk.close()
  await redis.close()
  await platform.remove()
})

async function writeUntilRefused(): Promise<{ status: number; code: string | undefined }> {
  for (;;) {
    const told = await ledger.write()
    if (told.status !== 201) return told
  }
}

test('a full disk refuses writes as 503, and every acknowledged version is there before, while and after', async () => {
  for (let count = 0; count < 5; count++) expect((await ledger.write()).status).toBe(201)
  await disk.fill()
  isFullOnTheWire = disk.kind === 'plain'
  expect(await writeUntilRefused()).toMatchObject({ status: 503, code: 'unavailable' })
  for (const version of ledger.versions.keys()) {
    const told = await ledger.read(version)
    // A server that has ended over it is a 503 too.
    expect([told, told.isWhole && [200, 503].includes(told.status)]).toEqual([told, true])
  }
  await disk.free()
  isFullOnTheWire = false
  await expect.poll(async () => (await ledger.write()).status, { timeout: 30_000 }).toBe(201)
  for (const version of ledger.versions.keys()) {
    expect(await ledger.read(version)).toMatchObject({ status: 200, isWhole: true })
  }
})
