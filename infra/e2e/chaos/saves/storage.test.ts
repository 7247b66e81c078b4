import { randomUUID } from 'node:crypto'
import type { SharedStack } from '@aethex/shared/testing'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { HttpFault } from '../../../faults/http-fault.js'
import { flippedBit, shortened, stale, swapping, zeros } from '../../../faults/s3-lies.js'
import { type Arena, calm, openArena } from './arena.js'
import { type Ledger, openLedger, type Told } from './ledger.js'

/** FAULTS N3, N4, N10, N11 and N23 for cloud saves: what the parts do to us, and what we say of it. */

let arena: Arena
let ledger: Ledger
let other: Ledger
let api = 0

const apiUrl = () => `http://127.0.0.1:${arena.apis[api]?.port}`

beforeAll(async () => {
  arena = await openArena()
  ledger = await openLedger(arena.grounds.whole, apiUrl)
  other = await openLedger(arena.grounds.whole, apiUrl)
  for (const each of [ledger, other]) {
    for (let count = 0; count < 3; count++) expect((await each.write()).status).toBe(201)
  }
}, 240_000)
afterAll(() => arena.close())
beforeEach(() => {
  arena.weather = calm
  api = 0
})

const isHonest = ({ status, code, retryAfter }: Told) =>
  (status === 503 && code === 'unavailable' && retryAfter !== null) ||
  (status === 502 && code === 'save_corrupt')

/** Every acknowledged version, by both APIs, byte for byte. */
async function expectAllWhole(): Promise<void> {
  arena.weather = calm
  await arena.settled()
  for (api = 0; api < 2; api++) {
    for (const each of [ledger, other]) {
      for (const version of each.versions.keys()) {
        expect(await each.read(version)).toMatchObject({ status: 200, isWhole: true })
      }
    }
  }
  api = 0
}

/** In this weather a write is refused; afterwards all is whole, and the same write goes through, once. */
async function expectOneWriteInTheEnd(): Promise<void> {
  const before = ledger.versions.size
  const write = { key: randomUUID(), data: { id: randomUUID(), filler: 'ü'.repeat(20_000) } }
  const told = await ledger.write(write)
  expect([told, isHonest(told)]).toEqual([told, true])
  await expectAllWhole()
  expect(ledger.versions.size).toBe(before)
  expect((await ledger.write(write)).status).toBe(201)
  api = 1
  expect((await ledger.write({ ...write, base_version: before })).status).toBe(201)
  expect(ledger.versions.size).toBe(before + 1)
}

const isWrite = (method: string) => method === 'PUT' || method === 'POST'

test.each<HttpFault>([
  { kind: 'refused', status: 503 },
  { kind: 'refused', status: 500 },
  { kind: 'cut' },
  { kind: 'request cut', share: 0.5 },
  { kind: 'answer cut', share: 0.5 },
  { kind: 'answer lost' },
  { kind: 'slow', ms: 5_000 },
])(
  'F4: a store that fails a write ($kind) costs that write alone, and the same write goes through later',
  async fault => {
    arena.weather = {
      ...calm,
      s3: ({ method }) => (isWrite(method) ? fault : { kind: 'none' }),
    }
    await expectOneWriteInTheEnd()
  },
)

test.each<HttpFault>([
  { kind: 'refused', status: 503 },
  { kind: 'cut' },
  { kind: 'answer cut', share: 0.5 },
  { kind: 'answer cut', share: 0.99 },
  { kind: 'slow', ms: 5_000 },
])(
  'a store that fails a read ($kind) is told of as such, and never answered with less',
  async fault => {
    expect((await ledger.write()).status).toBe(201)
    const newest = Math.max(...ledger.versions.keys())
    arena.weather = { ...calm, s3: ({ method }) => (method === 'GET' ? fault : { kind: 'none' }) }
    // The other API has not written it, so that nothing of it is in its memory.
    api = 1
    const told = await ledger.read(newest)
    expect([told, isHonest(told)]).toEqual([told, true])
    await expectAllWhole()
  },
)

const swapped = swapping()

test.each<[string, () => HttpFault]>([
  ['turns a bit', () => flippedBit(4_321)],
  ['shortens an object', () => shortened(0.7)],
  ['answers zeros', zeros],
  ['has not heard of an object', stale],
  ['swaps two objects', swapped],
])('a store that lies (%s) is found out: an alarm, and no byte of it', async (_, lie) => {
  for (const each of [ledger, other]) expect((await each.write()).status).toBe(201)
  arena.weather = { ...calm, s3: ({ method }) => (method === 'GET' ? lie() : { kind: 'none' }) }
  api = 1
  const told: (Told & { isWhole: boolean })[] = []
  for (const each of [ledger, other]) told.push(await each.read(Math.max(...each.versions.keys())))
  expect(told.map(({ isWhole }) => isWhole)).toEqual([true, true])
  const refused = told.filter(({ status }) => status !== 200)
  expect(refused.length).toBeGreaterThan(0)
  for (const each of refused) expect([each, isHonest(each)]).toEqual([each, true])
  await expectAllWhole()
})

function openStore({ s3 }: SharedStack): S3Client {
  return new S3Client({
    endpoint: s3.endpoint,
    region: s3.region,
    forcePathStyle: true,
    credentials: { accessKeyId: s3.access_key_id, secretAccessKey: s3.secret_access_key },
  })
}

async function newestPack(stack: SharedStack, playerId: string): Promise<string> {
  const database = new pg.Client({ connectionString: stack.database_url })
  await database.connect()
  const { rows } = await database.query<{ key: string }>(
    `SELECT 'saves/' || environment_id || '/' || player_id || '/' || pack_id AS key FROM save_pack
     WHERE player_id = $1 ORDER BY pack_id DESC LIMIT 1`,
    [playerId],
  )
  await database.end()
  return rows[0]?.key ?? ''
}

test('F14: objects that changed places in the store are never another player’s save', async () => {
  const { file } = arena.platform
  for (const each of [ledger, other]) expect((await each.write()).status).toBe(201)
  const [mine, theirs] = await Promise.all(
    [ledger, other].map(each => newestPack(file, each.playerId)),
  )
  const store = openStore(file)
  const bucket = { Bucket: file.s3.bucket }
  const read = async (Key = '') => {
    const { Body } = await store.send(new GetObjectCommand({ ...bucket, Key }))
    return Body?.transformToByteArray()
  }
  const put = (Key = '', Body: Uint8Array = new Uint8Array()) =>
    store.send(new PutObjectCommand({ ...bucket, Key, Body }))
  const [kept, another] = [await read(mine), await read(theirs)]
  await put(mine, another)
  api = 1
  const told = await ledger.read(Math.max(...ledger.versions.keys()))
  expect([told.status, told.code]).toEqual([502, 'save_corrupt'])
  await put(mine, kept)
  store.destroy()
  await expectAllWhole()
})

test.each([
  ['no space is left', '53100', 'could not extend file: No space left on device'],
  ['it is shutting down', '57P01', 'terminating connection due to administrator command'],
  ['too many ask at once', '53300', 'sorry, too many clients already'],
  ['every race is lost', '40001', 'could not serialize access'],
  ['all is a deadlock', '40P01', 'deadlock detected'],
])(
  'F4: a database that refuses (%s) costs a write, and the same write goes through later',
  async (_, sqlState, said) => {
    arena.weather = {
      ...calm,
      postgres: statement =>
        statement.startsWith('saves.append') ? { kind: 'fails', sqlState, said } : { kind: 'none' },
    }
    await expectOneWriteInTheEnd()
  },
)

/** SIGSTOP for every process of PostgreSQL, its connections' among them. Answers how to let them go on. */
async function freezePostgres(): Promise<() => void> {
  const { file, stack } = arena.platform
  const database = new pg.Client({ connectionString: file.database_url })
  await database.connect()
  const { rows } = await database.query<{ pid: number }>('SELECT pid FROM pg_stat_activity')
  await database.end()
  const pids = [stack.pids.postgres, ...rows.map(({ pid }) => pid)]
  const tell = (signal: NodeJS.Signals) => {
    for (const pid of pids) {
      try {
        if (pid !== undefined) process.kill(pid, signal)
      } catch {
        // The connection that asked for the list has ended meanwhile.
      }
    }
  }
  tell('SIGSTOP')
  return () => tell('SIGCONT')
}

const isReady = async () => (await fetch(`${apiUrl()}/readyz`)).ok

test('N3: while PostgreSQL stands still everybody is told so in time, more callers than there are connections; afterwards all goes on', async () => {
  const [newest, before] = [Math.max(...ledger.versions.keys()), ledger.versions.size]
  const write = { key: randomUUID(), data: { id: randomUUID() } }
  const goOn = await freezePostgres()
  try {
    const askedAt = performance.now()
    const reads = Array.from({ length: 40 }, () => ledger.read(newest))
    const told = await Promise.all([ledger.write(write), ...reads])
    expect(told.filter(each => !isHonest(each))).toEqual([])
    // Three seconds for a connection, or for a statement.
    expect(performance.now() - askedAt).toBeLessThan(10_000)
    expect(await isReady()).toBe(false)
  } finally {
    goOn()
  }
  await expect.poll(isReady, { timeout: 20_000 }).toBe(true)
  expect((await ledger.write(write)).status).toBe(201)
  expect(ledger.versions.size).toBe(before + 1)
  await expectAllWhole()
  const together = await Promise.all(Array.from({ length: 40 }, () => ledger.read(newest)))
  expect(together.filter(each => each.status !== 200 || !each.isWhole)).toEqual([])
})

test('F4: a deletion that arrives again does not end what was written since', async () => {
  const mine = await openLedger(arena.grounds.whole, apiUrl)
  const key = randomUUID()
  expect((await mine.write()).status).toBe(201)
  expect(await mine.end(key)).toBe(204)
  expect((await mine.write({ base_version: 2 })).status).toBe(201)
  expect(await mine.end(key)).toBe(204)
  expect(await mine.read(3)).toMatchObject({ status: 200, isWhole: true })
})
