import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Cloud } from '../../cloud.js'
import { unwrap } from '../../core/result.js'
import { createTestDisk } from '../../testing/device-store.js'
import { createSaveServer, type SaveServer } from '../../testing/save-server.js'
import { soon } from '../../testing/soon.js'
import { problem, startTestApi, type TestApi } from '../../testing/test-api.js'
import { createTestCloud, signIn } from '../../testing/test-cloud.js'
import type { RemoteWrite, SavesOptions } from './saves.js'
import { createMemoryStore } from './store/memory-store.js'

const route = 'POST /saves/me'
const page = new EventTarget()
const slots = ['a', 'b', 'c']

let api: TestApi
let server: SaveServer
let disk: ReturnType<typeof createTestDisk>
let clouds: Cloud[]
let isOnline: boolean
const onError = vi.fn()

/** A game on this device; several are tabs, or one run after another. */
async function openGame(saves: SavesOptions = {}, id = 'ada'): Promise<Cloud> {
  const cloud = createTestCloud(api, {
    saves: { store: disk.open(), delayMs: 1, ...saves },
    backoff: { firstMs: 5, maxMs: 20 },
    fetch: (...args) => (isOnline ? fetch(...args) : Promise.reject(new TypeError('offline'))),
    onError,
  })
  clouds.push(cloud)
  const wasOnline = isOnline
  isOnline = true
  await signIn(api, cloud, id, { generation: id === 'ada' ? 1 : 50 })
  isOnline = wasOnline
  return cloud
}

const tellOnline = () => {
  isOnline = true
  page.dispatchEvent(new Event('online'))
}
const whenQuiet = (cloud: Cloud) =>
  soon(async () => expect(unwrap(await cloud.saves.flush()).pending).toBe(0))

beforeEach(async () => {
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page))
  onError.mockReset()
  isOnline = true
  api = await startTestApi()
  server = createSaveServer()
  server.openAt(api, ...slots)
  disk = createTestDisk()
  clouds = []
})
afterEach(async () => {
  for (const cloud of clouds) cloud.close()
  vi.unstubAllGlobals()
  await api.close()
})

test('keeps a save on the device at once, and sends it by itself', async () => {
  const cloud = await openGame()
  const synced = vi.fn()
  cloud.saves.on('synced', synced)
  const saved = unwrap(await cloud.saves.save('a', { hp: 1 }, { name: 'Day 1' }))
  expect(saved).toMatchObject({ synced: false, save: { version: null, name: 'Day 1' } })
  await soon(() => expect(synced).toHaveBeenCalledOnce())
  expect(server.data('a')).toEqual({ hp: 1 })
  expect(synced.mock.calls[0]?.[0]).toMatchObject({ save_id: 'a', version: 1 })
})

test('gathers what is saved in a moment into one version', async () => {
  const cloud = await openGame({ delayMs: 30 })
  for (let hp = 1; hp <= 20; hp++) unwrap(await cloud.saves.save('a', { hp }))
  await whenQuiet(cloud)
  expect(server.data('a')).toEqual({ hp: 20 })
  expect(server.applied).toHaveLength(1)
})

test('plays on while offline, and sends each slot once when the network is back', async () => {
  isOnline = false
  const cloud = await openGame()
  for (const slot of slots) expect(unwrap(await cloud.saves.save(slot, slot)).synced).toBe(false)
  expect(unwrap(await cloud.saves.load('b'))).toMatchObject({ data: 'b', from: 'device' })
  const listed = unwrap(await cloud.saves.list())
  expect(listed).toMatchObject({ from: 'device', next_cursor: null })
  expect(listed.items.map(({ save_id, version }) => [save_id, version])).toEqual(
    slots.map(slot => [slot, null]),
  )
  tellOnline()
  await whenQuiet(cloud)
  expect(server.applied).toHaveLength(3)
  expect(slots.map(server.data)).toEqual(slots)
})

test('sends what an earlier run has left behind, also when nothing is saved any more', async () => {
  isOnline = false
  const before = await openGame()
  await before.saves.save('a', 'left behind')
  before.close()
  isOnline = true
  await openGame()
  await soon(() => expect(server.data('a')).toBe('left behind'))
})

test('carries a save out once although its answer was lost, and the next on top of it', async () => {
  const cloud = await openGame()
  unwrap(await cloud.saves.save('a', 'first'))
  await whenQuiet(cloud)
  let losses = 3
  api.answer(route, request => {
    const answer = server.answer(request)
    return losses-- > 0 ? { cut: true } : answer
  })
  unwrap(await cloud.saves.save('a', 'second'))
  await soon(() => expect(losses).toBeLessThan(3))
  unwrap(await cloud.saves.save('a', 'third'))
  await whenQuiet(cloud)
  expect(server.slots.get('a')?.map(({ bytes }) => JSON.parse(bytes.toString()))).toEqual([
    'first',
    'second',
    'third',
  ])
  expect(new Set(server.applied).size).toBe(server.applied.length)
})

test('never lets a load take the place of what waits here', async () => {
  const cloud = await openGame()
  isOnline = false
  await cloud.saves.save('a', { coins: 5 })
  server.write('a', { coins: 1 })
  expect(unwrap(await cloud.saves.load('a'))).toMatchObject({
    data: { coins: 5 },
    from: 'device',
    save: { version: null },
  })
})

test('loads the newer of two by version, and this copy when the server cannot be reached', async () => {
  const cloud = await openGame()
  server.write('a', 'one')
  expect(unwrap(await cloud.saves.load('a'))).toMatchObject({ data: 'one', from: 'server' })
  server.write('a', 'two')
  isOnline = false
  const offline = unwrap(await cloud.saves.load('a'))
  expect(offline).toMatchObject({ data: 'one', from: 'device', save: { version: 1 } })
  isOnline = true
  expect(unwrap(await cloud.saves.load('a'))).toMatchObject({ data: 'two', from: 'server' })
  // What the device has is confirmed without being sent again.
  expect(unwrap(await cloud.saves.load('a'))).toMatchObject({ data: 'two', from: 'server' })
  expect(api.seen('GET /saves/me/a').at(-1)?.headers['if-none-match']).toMatch(/^"2-/)
})

test('keeps its own copy when the server has lost versions', async () => {
  const cloud = await openGame()
  for (const text of ['one', 'two']) server.write('a', text)
  unwrap(await cloud.saves.load('a'))
  server.slots.get('a')?.pop()
  expect(unwrap(await cloud.saves.load('a'))).toMatchObject({ data: 'two', from: 'device' })
  server.slots.delete('a')
  expect(unwrap(await cloud.saves.load('a'))).toMatchObject({ data: 'two', from: 'device' })
  unwrap(await cloud.saves.save('a', 'three'))
  await whenQuiet(cloud)
  expect(server.data('a')).toBe('three')
})

test('brings vectors, bytes and dates back as they were, offline and from the server', async () => {
  const { Vector3, Quaternion } = await import('../../values/shapes.js')
  const data = {
    at: new Vector3(1.5, -0, 3),
    turn: new Quaternion(),
    score: 2n ** 80n,
    map: new Uint8Array([1, 2, 3]),
    when: new Date(5),
  }
  const cloud = await openGame()
  isOnline = false
  unwrap(await cloud.saves.save('a', data))
  expect(unwrap(await cloud.saves.load('a')).data).toEqual(data)
  tellOnline()
  await whenQuiet(cloud)
  disk = createTestDisk()
  const other = await openGame()
  expect(unwrap(await other.saves.load('a')).data).toEqual(data)
})

test('keeps files beside documents', async () => {
  const cloud = await openGame()
  const file = new Uint8Array(70_000).map((_, index) => index % 251)
  unwrap(await cloud.saves.save('b', file, { content_type: 'application/zip' }))
  file.fill(0)
  await whenQuiet(cloud)
  const sent = api.seen('PUT /saves/me/b')[0]
  expect(sent?.headers).toMatchObject({ 'content-type': 'application/zip', 'if-none-match': '*' })
  expect(sent?.headers['content-digest']).toMatch(/^sha-256=:.{44}:$/)
  disk = createTestDisk()
  const other = await openGame()
  const loaded = unwrap(await other.saves.load<Uint8Array>('b'))
  expect(loaded.data.length).toBe(70_000)
  expect(loaded.data[250]).toBe(250)
})

test('deletes offline, and what was deleted does not come back', async () => {
  const cloud = await openGame()
  server.write('a', 'one')
  unwrap(await cloud.saves.load('a'))
  isOnline = false
  expect(unwrap(await cloud.saves.delete('a')).synced).toBe(false)
  expect(await cloud.saves.load('a')).toMatchObject({ error: { code: 'not_found' } })
  expect(unwrap(await cloud.saves.list()).items).toEqual([])
  tellOnline()
  await whenQuiet(cloud)
  expect(server.slots.get('a')?.at(-1)).toMatchObject({ version: 2, deleted: true })
  expect(await cloud.saves.load('a')).toMatchObject({ error: { code: 'not_found' } })
  unwrap(await cloud.saves.save('a', 'anew'))
  await whenQuiet(cloud)
  expect(server.data('a')).toBe('anew')
})

test('forgets its copy of what was deleted elsewhere', async () => {
  const cloud = await openGame()
  server.write('a', 'one')
  unwrap(await cloud.saves.load('a'))
  server.remove('a')
  expect(await cloud.saves.load('a')).toMatchObject({ error: { code: 'not_found' } })
  isOnline = false
  expect(await cloud.saves.load('a')).toMatchObject({ error: { code: 'not_found' } })
})

test("never sends one player's saves as another", async () => {
  isOnline = false
  const cloud = await openGame()
  await cloud.saves.save('a', 'of ada')
  isOnline = true
  await signIn(api, cloud, 'bob', { generation: 50 })
  unwrap(await cloud.saves.save('b', 'of bob'))
  await whenQuiet(cloud)
  await signIn(api, cloud, 'ada')
  await soon(() => expect(server.applied).toHaveLength(2))
  for (const { headers, body } of api.seen(route)) {
    const token = body.save_id === 'a' ? 'access-1' : 'access-50'
    expect(headers.authorization).toBe(`Bearer ${token}`)
  }
})

test('keeps a save that the server does not take, says so, and goes on with the rest', async () => {
  const cloud = await openGame()
  const refused = vi.fn()
  cloud.saves.on('refused', refused)
  api.answer(route, request =>
    request.body.save_id === 'a' ? problem(413, 'body_too_large') : server.answer(request),
  )
  unwrap(await cloud.saves.save('a', 'huge'))
  unwrap(await cloud.saves.save('b', 'small'))
  await soon(() => expect(server.data('b')).toBe('small'))
  await soon(() => expect(refused).toHaveBeenCalled())
  expect(refused.mock.calls[0]?.[0]).toBe('a')
  expect(unwrap(await cloud.saves.load('a')).data).toBe('huge')
  server.openAt(api, ...slots)
  unwrap(await cloud.saves.save('a', 'smaller'))
  await whenQuiet(cloud)
  expect(server.data('a')).toBe('smaller')
})

test('waits for the server where the device keeps nothing, and calls that alone a success', async () => {
  const cloud = await openGame({ store: createMemoryStore() })
  expect(await cloud.saves.save('a', 1)).toMatchObject({ synced: true, save: { version: 1 } })
  isOnline = false
  const queued = await cloud.saves.save('a', 2)
  expect(queued).toMatchObject({ success: false, error: { code: 'queued', retryable: true } })
  isOnline = true
  await soon(() => expect(server.data('a')).toBe(2))
  const results = await Promise.all([3, 4, 5].map(data => cloud.saves.save('a', data)))
  expect(results.every(({ success }) => success)).toBe(true)
  expect(server.data('a')).toBe(5)
})

test('says when the device is full, and still gets the save to the server', async () => {
  const store = disk.open()
  const full = { ...store, write: () => Promise.reject(new Error('QuotaExceededError')) }
  const cloud = await openGame({ store: full })
  expect(await cloud.saves.save('a', 1)).toMatchObject({ success: true, synced: true })
  expect(server.data('a')).toBe(1)
  expect(onError.mock.calls[0]?.[0]).toMatchObject({ code: 'storage_failed' })
})

test('flushes when the page is hidden', async () => {
  const cloud = await openGame({ delayMs: 60_000 })
  unwrap(await cloud.saves.save('a', 1))
  page.dispatchEvent(new Event('pagehide'))
  await soon(() => expect(server.data('a')).toBe(1))
})

test('brings a copy up to date when another device writes, and tells the game', async () => {
  const cloud = await openGame()
  server.write('a', 'one')
  unwrap(await cloud.saves.load('a'))
  const changed = vi.fn()
  cloud.saves.on('changed', changed)
  server.write('a', 'two')
  const onRemoteWrite: (write: RemoteWrite) => void = Reflect.get(cloud.saves, 'onRemoteWrite')
  const news = { save_id: 'a', version: 2, hash: 'h', deleted: false }
  onRemoteWrite(news)
  await soon(() => expect(changed).toHaveBeenCalledOnce())
  expect(changed.mock.calls[0]?.[0]).toEqual({
    save_id: 'a',
    version: 2,
    deleted: false,
    from: 'server',
  })
  onRemoteWrite(news)
  isOnline = false
  expect(unwrap(await cloud.saves.load('a')).data).toBe('two')
  expect(changed).toHaveBeenCalledOnce()
})

test('tells other tabs, of which one sends what another has saved', async () => {
  const one = await openGame({ delayMs: 60_000 })
  const two = await openGame({ delayMs: 60_000 })
  const changed = vi.fn()
  two.saves.on('changed', changed)
  unwrap(await one.saves.save('a', 'in one'))
  await soon(() => expect(changed).toHaveBeenCalledOnce())
  expect(changed.mock.calls[0]?.[0]).toMatchObject({ save_id: 'a', version: null, from: 'tab' })
  one.close()
  await whenQuiet(two)
  expect(server.data('a')).toBe('in one')
})
