import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Cloud, CloudOptions } from '../../cloud.js'
import { createMemoryStorage, type KeyValueStorage } from '../../core/storage.js'
import { problem, type SeenRequest, startTestApi, type TestApi } from '../../testing/test-api.js'
import { createTestCloud, signIn } from '../../testing/test-cloud.js'

const route = 'POST /saves/me'
const page = new EventTarget()
// Only what a test sets off makes the queue try again.
const patient = { firstMs: 1, maxMs: 2 }

let api: TestApi
let storage: KeyValueStorage
let clouds: Cloud[]

/** A server with slots, versions and receipts, that can lose its network. */
function createSlotServer() {
  const slots = new Map<string, { version: number; data: unknown }>()
  const receipts = new Map<string, object>()
  const applied: string[] = []
  const save = (save_id: string, version: number) => ({ save_id, version, deleted: false })

  function write({ headers, body }: SeenRequest) {
    const key = String(headers['idempotency-key'])
    const receipt = receipts.get(key)
    if (receipt !== undefined) return { status: 201, body: receipt }
    const slot = String(body.save_id)
    const head = slots.get(slot)
    if (body.base_version !== undefined && body.base_version !== head?.version) {
      const current = head && { save: save(slot, head.version), data: head.data }
      return problem(409, 'save_conflict', { current })
    }
    const version = (head?.version ?? 0) + 1
    slots.set(slot, { version, data: body.data })
    applied.push(`${slot}=${JSON.stringify(body.data)}`)
    const answer = { save: save(slot, version) }
    receipts.set(key, answer)
    return { status: 201, body: answer }
  }
  return { slots, applied, write }
}

let server: ReturnType<typeof createSlotServer>

async function openCloud(options: Partial<CloudOptions> = {}): Promise<Cloud> {
  const cloud = createTestCloud(api, { storage, backoff: patient, ...options })
  clouds.push(cloud)
  if (cloud.auth.getCurrentUser() === null) await signIn(api, cloud)
  return cloud
}

const goOffline = () => api.answer(route, { cut: true })
const goOnline = () => api.answer(route, request => server.write(request))
const tellOnline = () => page.dispatchEvent(new Event('online'))
const queued = (): { slot: string; data: unknown }[] =>
  JSON.parse(storage.getItem('aethex.pk_test.saves.ada') ?? '[]')

beforeEach(async () => {
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page))
  api = await startTestApi()
  storage = createMemoryStorage()
  clouds = []
  server = createSlotServer()
  goOnline()
})
afterEach(async () => {
  for (const cloud of clouds) cloud.close()
  vi.unstubAllGlobals()
  await api.close()
})

test('succeeds like any save while the server can be reached', async () => {
  const cloud = await openCloud()
  cloud.saves.enableAutoSync(true)
  expect(await cloud.saves.save('a', 1)).toMatchObject({ success: true, save: { version: 1 } })
  expect(await cloud.saves.save('a', 2)).toMatchObject({ success: true, save: { version: 2 } })
  expect(queued()).toEqual([])
})

test('keeps saves while offline and sends them in order, each once', async () => {
  const cloud = await openCloud()
  cloud.saves.enableAutoSync(true)
  const synced: string[] = []
  cloud.saves.on('synced', ({ save_id }) => synced.push(save_id))
  goOffline()
  for (const slot of ['a', 'b', 'c']) {
    const result = await cloud.saves.save(slot, slot)
    expect(result).toMatchObject({ success: false, error: { code: 'queued', retryable: true } })
  }
  expect(queued().map(({ slot }) => slot)).toEqual(['a', 'b', 'c'])
  goOnline()
  tellOnline()
  await vi.waitFor(() => expect(synced).toEqual(['a', 'b', 'c']))
  expect(server.applied).toEqual(['a="a"', 'b="b"', 'c="c"'])
  expect(queued()).toEqual([])
})

test('keeps the newest of a slot, except behind one that may have arrived', async () => {
  const cloud = await openCloud()
  goOffline()
  cloud.saves.enableAutoSync(true)
  await cloud.saves.save('a', 1)
  await cloud.saves.save('a', 2)
  await cloud.saves.save('a', 3)
  expect(queued()).toMatchObject([
    { slot: 'a', data: 1, attempted: true },
    { slot: 'a', data: 3, attempted: false },
  ])
  goOnline()
  tellOnline()
  await vi.waitFor(() => expect(queued()).toEqual([]))
  expect(server.applied).toEqual(['a=1', 'a=3'])
})

test('applies a save once although its answer was lost, and the next on top of it', async () => {
  const cloud = await openCloud()
  cloud.saves.enableAutoSync(true)
  await cloud.saves.save('a', 'first')
  api.answer(route, request => {
    server.write(request)
    return { cut: true }
  })
  expect(await cloud.saves.save('a', 'second')).toMatchObject({ error: { code: 'queued' } })
  goOffline()
  expect(await cloud.saves.save('a', 'third')).toMatchObject({ error: { code: 'queued' } })
  goOnline()
  tellOnline()
  await vi.waitFor(() => expect(queued()).toEqual([]))
  expect(server.applied).toEqual(['a="first"', 'a="second"', 'a="third"'])
  expect(server.slots.get('a')).toEqual({ version: 3, data: 'third' })
})

test('sends what an earlier run has left behind', async () => {
  const before = await openCloud()
  before.saves.enableAutoSync(true)
  goOffline()
  await before.saves.save('a', 'left behind')
  before.close()
  goOnline()
  const after = await openCloud()
  after.saves.enableAutoSync(true)
  await vi.waitFor(() => expect(server.applied).toEqual(['a="left behind"']))
})

test('tries again by itself, with pauses', async () => {
  const cloud = await openCloud()
  cloud.saves.enableAutoSync(true)
  goOffline()
  await cloud.saves.save('a', 1)
  goOnline()
  await vi.waitFor(() => expect(server.applied).toEqual(['a=1']))
})

test("never sends one player's saves as another", async () => {
  const cloud = await openCloud()
  goOffline()
  cloud.saves.enableAutoSync(true)
  await cloud.saves.save('a', 'of ada')
  await signIn(api, cloud, 'bob', { generation: 50 })
  goOnline()
  expect(await cloud.saves.save('b', 'of bob')).toMatchObject({ success: true })
  await signIn(api, cloud, 'ada')
  await vi.waitFor(() => expect(server.applied).toHaveLength(2))
  for (const { headers, body } of api.seen(route)) {
    const token = body.save_id === 'a' ? 'access-1' : 'access-50'
    expect(headers.authorization).toBe(`Bearer ${token}`)
  }
})

test('answers the caller who waits with a conflict, and merges when it can', async () => {
  const cloud = await openCloud()
  cloud.saves.enableAutoSync(true)
  await cloud.saves.save('a', 1)
  server.slots.set('a', { version: 9, data: 90 })
  const refused = await cloud.saves.save('a', 2)
  expect(refused).toMatchObject({ error: { code: 'save_conflict' } })
  expect(queued()).toEqual([])
  const merge = (mine: unknown, theirs: unknown) => Number(mine) + Number(theirs)
  expect(await cloud.saves.save('a', 3, { merge })).toMatchObject({ save: { version: 10 } })
  expect(server.slots.get('a')?.data).toBe(93)
})

test('tells of a conflict that nobody waits for, with what was not stored', async () => {
  const before = await openCloud()
  before.saves.enableAutoSync(true)
  await before.saves.save('a', 1)
  goOffline()
  await before.saves.save('a', 2)
  before.close()
  server.slots.set('a', { version: 9, data: 90 })
  goOnline()
  const after = await openCloud()
  const heard = new Promise(resolve =>
    after.saves.on('conflict', (slot, mine, error) =>
      resolve({ slot, mine, theirs: error.details.current?.data }),
    ),
  )
  after.saves.enableAutoSync(true)
  expect(await heard).toEqual({ slot: 'a', mine: 2, theirs: 90 })
  expect(queued()).toEqual([])
})

test('settles such a conflict with the merge of auto sync', async () => {
  const before = await openCloud()
  before.saves.enableAutoSync(true)
  await before.saves.save('a', 1)
  goOffline()
  await before.saves.save('a', 2)
  before.close()
  server.slots.set('a', { version: 9, data: 90 })
  goOnline()
  const after = await openCloud()
  after.saves.enableAutoSync(true, { merge: (mine, theirs) => Number(mine) + Number(theirs) })
  await vi.waitFor(() => expect(server.slots.get('a')).toEqual({ version: 10, data: 92 }))
})

test('stops waiting for a save that was refused for good, and goes on with the rest', async () => {
  const onError = vi.fn()
  const cloud = await openCloud({ onError })
  cloud.saves.enableAutoSync(true)
  api.answer(route, problem(413, 'body_too_large'))
  expect(await cloud.saves.save('a', 'huge')).toMatchObject({ error: { code: 'body_too_large' } })
  goOnline()
  expect(await cloud.saves.save('b', 'small')).toMatchObject({ success: true })
  expect(onError).not.toHaveBeenCalled()
})

test('answers both of two saves when the newer takes the place of the older', async () => {
  const cloud = await openCloud()
  cloud.saves.enableAutoSync(true)
  const results = await Promise.all([1, 2, 3].map(data => cloud.saves.save('a', data)))
  expect(results.every(({ success }) => success)).toBe(true)
  expect(server.slots.get('a')?.data).toBe(3)
})

test('deletes what waits together with the slot', async () => {
  const cloud = await openCloud()
  goOffline()
  cloud.saves.enableAutoSync(true)
  await cloud.saves.save('a', 1)
  api.answer('DELETE /saves/me/a', problem(404, 'not_found'))
  expect(await cloud.saves.delete('a')).toEqual({ success: true })
  expect(queued()).toEqual([])
})
