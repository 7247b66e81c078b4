import { createHash, randomBytes } from 'node:crypto'
import {
  type Cloud,
  type CloudOptions,
  createCloud,
  createMemoryStore,
  type KeyValueStorage,
  unwrap,
} from '@aethex/sdk'
import { freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'

/** A file of twenty megabytes from one device to another, over a network that fails, by way of the real API. */

const stack = inject('stack')
const bytes = new Uint8Array(randomBytes(20_000_000))
const hash = createHash('sha256').update(bytes).digest('hex')

let environment: TestEnvironment
const clouds: Cloud[] = []

beforeAll(async () => {
  environment = await freshEnvironment(stack)
})
afterAll(() => {
  for (const cloud of clouds) cloud.close()
})

const kept = new Map<string, string>()
const storage: KeyValueStorage = {
  getItem: key => kept.get(key) ?? null,
  setItem: (key, value) => void kept.set(key, value),
  removeItem: key => void kept.delete(key),
}

/** A device of the one player: all have the same sign-in. */
async function openDevice(options: Partial<CloudOptions> = {}): Promise<Cloud> {
  const { publishableKey: apiKey, apiUrl: url } = environment
  const cloud = createCloud({ apiKey, url, storage, ...options })
  clouds.push(cloud)
  if (kept.size === 0) unwrap(await cloud.auth.loginAnonymous())
  return cloud
}

const hashOf = (content: Uint8Array) => createHash('sha256').update(content).digest('hex')

test('a file goes on from where it was after its game has ended, through lost answers, and arrives as it is', async () => {
  const file = new Blob([bytes], { type: 'application/x-replay' })
  // What a device keeps, run after run.
  const disk = { ...createMemoryStore(), lasts: true, close() {} }
  const controller = new AbortController()
  const first = await openDevice({ saves: { store: disk } })
  const name = 'The last stand'
  const ended = await first.saves.save('replay', file, {
    name,
    signal: controller.signal,
    onProgress: progress => {
      if ('sent' in progress && progress.sent > 0) controller.abort()
    },
  })
  expect(ended).toMatchObject({ success: false, error: { code: 'aborted' } })
  first.close()

  const parts: string[] = []
  let lost = 0
  const losing: typeof fetch = async (input, init) => {
    const { pathname } = new URL(String(input))
    if (init?.method === 'PUT') parts.push(pathname)
    const answer = await fetch(input, init)
    // The first answers of each kind never arrive, though what was asked for was done.
    if (/\/(complete|parts\/\d+)$/.test(pathname) && lost++ < 2) throw new TypeError('cut')
    return answer
  }
  const second = await openDevice({
    ...{ saves: { store: disk }, fetch: losing, backoff: { firstMs: 10, maxMs: 100 } },
  })
  const told: number[] = []
  const saved = unwrap(
    await second.saves.save('replay', file, {
      name,
      onProgress: progress => void told.push('sent' in progress ? progress.sent : 0),
    }),
  )
  expect(saved).toMatchObject({ synced: true, save: { version: 1, size: 20_000_000, hash } })
  expect(told[0]).toBeGreaterThan(0)
  expect(told.at(-1)).toBe(20_000_000)
  // Three parts in all, of which the first run has left at least one there.
  expect(new Set(parts).size).toBeLessThanOrEqual(2)
  const { items } = unwrap(await second.saves.history('replay'))
  expect(items).toHaveLength(1)

  const other = await openDevice({ saves: { store: createMemoryStore() } })
  const loaded = unwrap(await other.saves.load<Uint8Array>('replay'))
  expect(hashOf(loaded.data)).toBe(hash)
  const got = unwrap(await other.saves.loadFile('replay'))
  expect(got.file.type).toBe('application/x-replay')
  expect(hashOf(new Uint8Array(await got.file.arrayBuffer()))).toBe(hash)
}, 120_000)

test('another file on top of it is one version more, and an older base is a conflict', async () => {
  const device = await openDevice({ saves: { store: createMemoryStore(), autoSync: false } })
  const changed = bytes.slice()
  changed.set([1, 2, 3], 10_000_000)
  unwrap(await device.saves.loadFile('replay'))
  const saved = unwrap(await device.saves.save('replay', new Blob([changed])))
  expect(saved).toMatchObject({ save: { version: 2, base_version: 1 } })
  const stale = await device.saves.save('replay', new Blob([bytes]), { base_version: 1 })
  expect(stale).toMatchObject({ success: false, error: { code: 'save_conflict' } })
  const { ranges } = unwrap(await device.saves.diff('replay', 1, 2))
  expect(ranges).toHaveLength(1)
}, 120_000)

test('the object store takes the parts by itself, and knows neither key nor token', async () => {
  const elsewhere: Headers[] = []
  const watching: typeof fetch = (input, init) => {
    const url = String(input)
    if (!url.startsWith(environment.apiUrl)) elsewhere.push(new Headers(init?.headers))
    return fetch(input, init)
  }
  const saves = { store: createMemoryStore(), directUploads: true }
  const device = await openDevice({ saves, fetch: watching })
  const file = new Blob([bytes.slice(0, 9_000_000)])
  const { save } = unwrap(await device.saves.save('direct', file))
  expect(save.version).toBe(1)
  expect(elsewhere).toHaveLength(2)
  for (const headers of elsewhere) expect([...headers.keys()]).toEqual(['content-type'])
  const got = unwrap(await device.saves.loadFile('direct'))
  expect(got.file.size).toBe(9_000_000)
}, 120_000)
