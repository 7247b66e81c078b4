import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Cloud } from '../../cloud.js'
import { unwrap } from '../../core/result.js'
import { createTestDisk } from '../../testing/device-store.js'
import { createSaveServer, type SaveServer } from '../../testing/save-server.js'
import { soon } from '../../testing/soon.js'
import { startTestApi, type TestApi } from '../../testing/test-api.js'
import { createTestCloud, signIn } from '../../testing/test-cloud.js'
import { Vector3 } from '../../values/shapes.js'
import type { SaveConflict } from './conflict.js'
import type { RemoteWrite, SavesOptions } from './saves.js'

const route = 'POST /saves/me'
const rules = {
  fields: [
    { path: '/coins', rule: 'sum' },
    { path: '/best', rule: 'max' },
    { path: '/name', rule: 'ask' },
  ],
} as const

let api: TestApi
let server: SaveServer
let clouds: Cloud[]
let isOnline: boolean
const onError = vi.fn()

async function openGame(saves: SavesOptions = {}, disk = createTestDisk()): Promise<Cloud> {
  const cloud = createTestCloud(api, {
    saves: { store: disk.open(), delayMs: 1, ...saves },
    fetch: (...args) =>
      isOnline || String(args[0]).includes('/auth')
        ? fetch(...args)
        : Promise.reject(new TypeError('offline')),
    onError,
  })
  clouds.push(cloud)
  await signIn(api, cloud)
  return cloud
}

const whenQuiet = (cloud: Cloud) =>
  soon(async () => expect(unwrap(await cloud.saves.flush()).pending).toBe(0))

/** The game has loaded `before`, saves `mine` while offline, and another device writes `theirs`; then it is online. */
async function meet(cloud: Cloud, before: unknown, mine: unknown, theirs: unknown): Promise<void> {
  server.write('a', before)
  unwrap(await cloud.saves.load('a'))
  isOnline = false
  unwrap(await cloud.saves.save('a', mine))
  server.write('a', theirs)
  isOnline = true
  await cloud.saves.flush()
}

beforeEach(async () => {
  onError.mockReset()
  isOnline = true
  clouds = []
  api = await startTestApi()
  server = createSaveServer()
  server.openAt(api, 'a', 'a-conflict')
})
afterEach(async () => {
  for (const cloud of clouds) cloud.close()
  await api.close()
})

test('merges by rules, from what both were made from, and tells the game to load', async () => {
  const cloud = await openGame({ strategy: 'merge', rules })
  const changed = vi.fn()
  cloud.saves.on('changed', changed)
  await meet(
    cloud,
    { coins: 10, best: 1, at: [0] },
    { coins: 15, best: 4, at: [0] },
    { coins: 12, best: 3, at: [9] },
  )
  await whenQuiet(cloud)
  expect(server.data('a')).toEqual({ coins: 17, best: 4, at: [9] })
  expect(changed).toHaveBeenCalledOnce()
  expect(unwrap(await cloud.saves.load('a')).data).toEqual({ coins: 17, best: 4, at: [9] })
})

test('counts nothing twice when the game goes on from what it had before the merge', async () => {
  const cloud = await openGame({ strategy: 'merge', rules })
  await meet(cloud, { coins: 10 }, { coins: 15 }, { coins: 12 })
  await whenQuiet(cloud)
  // The game has not loaded: it knows of its own 15 coins, and finds one more.
  unwrap(await cloud.saves.save('a', { coins: 16 }))
  await whenQuiet(cloud)
  expect(server.data('a')).toEqual({ coins: 18 })
  unwrap(await cloud.saves.load('a'))
  unwrap(await cloud.saves.save('a', { coins: 20 }))
  await whenQuiet(cloud)
  expect(server.data('a')).toEqual({ coins: 20 })
})

test('counts nothing twice when it is saved again while a merge is under way', async () => {
  const cloud = await openGame({ strategy: 'merge', rules })
  let posts = 0
  api.answer(route, async request => {
    const answer = server.answer(request)
    posts += 1
    // The merged save is through, but before its answer arrives the game saves once more.
    if (posts === 2) await cloud.saves.save('a', { coins: 16 })
    return answer
  })
  await meet(cloud, { coins: 10 }, { coins: 15 }, { coins: 12 })
  await whenQuiet(cloud)
  expect(server.data('a')).toEqual({ coins: 18 })
})

test('merges from its own copy of what both were made from when the server has it no more', async () => {
  const cloud = await openGame({ strategy: 'merge', rules })
  api.answer(route, request => {
    const answer = server.answer(request)
    return answer.status === 409
      ? { ...answer, body: { ...(answer.body as object), ancestor: null } }
      : answer
  })
  await meet(cloud, { coins: 10 }, { coins: 15 }, { coins: 12 })
  await whenQuiet(cloud)
  expect(server.data('a')).toEqual({ coins: 17 })
})

test('builds on what this game has seen, not on what the device has heard of', async () => {
  const cloud = await openGame({ strategy: 'merge', rules })
  server.write('a', { coins: 10 })
  unwrap(await cloud.saves.load('a'))
  server.write('a', { coins: 12 })
  const onRemoteWrite: (write: RemoteWrite) => void = Reflect.get(cloud.saves, 'onRemoteWrite')
  const heard = new Promise(resolve => cloud.saves.on('changed', resolve))
  onRemoteWrite({ save_id: 'a', version: 2, hash: 'h', deleted: false })
  await heard
  unwrap(await cloud.saves.save('a', { coins: 11 }))
  await whenQuiet(cloud)
  expect(server.data('a')).toEqual({ coins: 13 })
})

test('does not let one tab overwrite what another of the same device has saved', async () => {
  const disk = createTestDisk()
  const one = await openGame({ strategy: 'merge', rules, delayMs: 60_000 }, disk)
  const two = await openGame({ strategy: 'merge', rules, delayMs: 60_000 }, disk)
  server.write('a', { coins: 10 })
  unwrap(await one.saves.load('a'))
  unwrap(await two.saves.load('a'))
  unwrap(await one.saves.save('a', { coins: 11 }))
  unwrap(await two.saves.save('a', { coins: 15 }))
  await whenQuiet(one)
  expect(server.data('a')).toEqual({ coins: 16 })
})

test('asks with the preview, and does as the player says', async () => {
  const seen: SaveConflict[] = []
  const cloud = await openGame({
    rules,
    onConflict(conflict) {
      seen.push(conflict)
      return { answers: { '/name': 'mine' } }
    },
    strategy: 'merge',
  })
  const at = new Vector3(1, 2, 3)
  await meet(
    cloud,
    { name: 'A', coins: 1 },
    { name: 'B', coins: 3, at: { x: 1 } },
    { name: 'C', coins: 2, at: { y: at } },
  )
  await whenQuiet(cloud)
  expect(seen).toHaveLength(1)
  expect(seen[0]).toMatchObject({
    save_id: 'a',
    mine: { data: { name: 'B' } },
    theirs: { data: { name: 'C' }, save: { version: 2 } },
    ancestor: { name: 'A', coins: 1 },
    asks: [{ path: '/name', base: 'A', mine: 'B', theirs: 'C' }],
  })
  expect(unwrap(await cloud.saves.load('a')).data).toMatchObject({ name: 'B', coins: 4 })
})

test.each([
  ['mine', 'mine'],
  ['theirs', 'theirs'],
  [{ data: 'other' }, 'other'],
] as const)('takes %o when the handler says so', async (choice, expected) => {
  const cloud = await openGame({ onConflict: () => choice })
  await meet(cloud, 'before', 'mine', 'theirs')
  await whenQuiet(cloud)
  expect(server.data('a')).toBe(expected)
  expect(unwrap(await cloud.saves.load('a')).data).toBe(expected)
})

test('leaves a conflict open that nobody decides, loses neither side, and goes on when somebody does', async () => {
  const cloud = await openGame()
  const heard = vi.fn()
  cloud.saves.on('conflict', heard)
  await meet(cloud, 'before', 'mine', 'theirs')
  await soon(() => expect(heard).toHaveBeenCalledOnce())
  const [slot, mine, error, conflict] = heard.mock.calls[0] ?? []
  expect({ slot, mine }).toEqual({ slot: 'a', mine: 'mine' })
  expect(error.details.current).toMatchObject({ save: { version: 2 }, data: 'theirs' })
  expect(cloud.saves.conflicts()).toEqual([conflict])
  expect(unwrap(await cloud.saves.load('a'))).toMatchObject({ data: 'mine', from: 'device' })
  expect(server.data('a')).toBe('theirs')
  expect(await cloud.saves.resolve('a', 'mine')).toEqual({ success: true })
  await whenQuiet(cloud)
  expect(server.data('a')).toBe('mine')
  expect(cloud.saves.conflicts()).toEqual([])
  expect(await cloud.saves.resolve('a', 'mine')).toMatchObject({ error: { code: 'not_found' } })
  expect(onError).not.toHaveBeenCalled()
})

test('asks the player once, however much the game saves meanwhile, and then takes the latest', async () => {
  let decide: (choice: 'mine') => void = () => {}
  const onConflict = vi.fn(() => new Promise<'mine'>(resolve => (decide = resolve)))
  const cloud = await openGame({ onConflict })
  await meet(cloud, 'before', 'mine 1', 'theirs')
  await soon(() => expect(onConflict).toHaveBeenCalledOnce())
  for (const text of ['mine 2', 'mine 3']) {
    unwrap(await cloud.saves.save('a', text))
    await cloud.saves.flush()
  }
  expect(onConflict).toHaveBeenCalledOnce()
  decide('mine')
  await whenQuiet(cloud)
  expect(server.data('a')).toBe('mine 3')
})

test('tells the server a strategy that needs nothing but facts', async () => {
  const cloud = await openGame({ strategy: 'longest_play_time' })
  unwrap(await cloud.saves.save('a', 1, { play_time_seconds: 60 }))
  await whenQuiet(cloud)
  expect(api.seen(route)[0]?.body).toMatchObject({
    on_conflict: { strategy: 'longest_play_time' },
    play_time_seconds: 60,
    base_version: 0,
  })
})

/** The server settles a conflict by itself, and answers with what came of it. */
function settling(outcome: string, slot: string, version: number) {
  let isFirst = true
  api.answer(route, request => {
    if (!isFirst) return server.answer(request)
    isFirst = false
    if (outcome === 'branched') server.write(slot, request.body.data)
    if (outcome === 'merged') server.write(slot, { coins: 17 })
    const save = { save_id: slot, version, deleted: false, metadata: {}, size: 1, hash: 'h' }
    const resolution = { strategy: 'set by the studio', outcome, preview: [] }
    return { status: 201, body: { save, resolution } }
  })
}

test('has both when the server has put this one into a slot of its own', async () => {
  const cloud = await openGame({ strategy: 'keep_both' })
  settling('branched', 'a-conflict', 1)
  await meet(cloud, 'before', 'mine', 'theirs')
  await whenQuiet(cloud)
  expect(unwrap(await cloud.saves.load('a')).data).toBe('theirs')
  isOnline = false
  expect(unwrap(await cloud.saves.load('a-conflict')).data).toBe('mine')
})

test('takes what the server has decided for, by the rule of the studio', async () => {
  const cloud = await openGame()
  settling('theirs', 'a', 2)
  await meet(cloud, 'before', 'mine', 'theirs')
  await whenQuiet(cloud)
  isOnline = false
  expect(unwrap(await cloud.saves.load('a')).data).toBe('theirs')
})

test('goes on from its own when the server has merged, and counts nothing twice', async () => {
  const cloud = await openGame()
  settling('merged', 'a', 3)
  await meet(cloud, { coins: 10 }, { coins: 15 }, { coins: 12 })
  await whenQuiet(cloud)
  api.answer(route, request => {
    const answer = server.answer(request)
    return answer.status === 409
      ? { ...answer, body: { ...(answer.body as object), rules } }
      : answer
  })
  unwrap(await cloud.saves.save('a', { coins: 16 }))
  await whenQuiet(cloud)
  expect(api.seen(route)[1]?.body).toMatchObject({ on_conflict: { strategy: 'refuse' } })
  expect(server.data('a')).toEqual({ coins: 18 })
})

test('never resurrects by itself what was deleted elsewhere', async () => {
  const cloud = await openGame({ strategy: 'merge', rules })
  const heard = vi.fn()
  cloud.saves.on('conflict', heard)
  server.write('a', { coins: 1 })
  unwrap(await cloud.saves.load('a'))
  isOnline = false
  unwrap(await cloud.saves.save('a', { coins: 2 }))
  server.remove('a')
  isOnline = true
  await cloud.saves.flush()
  await soon(() => expect(heard).toHaveBeenCalledOnce())
  expect(heard.mock.calls[0]?.[3]).toMatchObject({ theirs: null })
  expect(server.slots.get('a')?.at(-1)?.deleted).toBe(true)
  unwrap(await cloud.saves.resolve('a', 'mine'))
  await whenQuiet(cloud)
  expect(server.data('a')).toEqual({ coins: 2 })
})

test('never deletes what another device has written meanwhile', async () => {
  const cloud = await openGame()
  server.write('a', 'one')
  unwrap(await cloud.saves.load('a'))
  isOnline = false
  unwrap(await cloud.saves.delete('a'))
  server.write('a', 'two')
  isOnline = true
  await whenQuiet(cloud)
  expect(server.data('a')).toBe('two')
  expect(unwrap(await cloud.saves.load('a')).data).toBe('two')
})

test('meets what is in a slot that this device knows nothing of, instead of writing over it', async () => {
  server.write('a', { coins: 5 })
  const cloud = await openGame({ merge: (mine, theirs) => ({ both: [mine, theirs] }) })
  unwrap(await cloud.saves.save('a', { coins: 1 }))
  await whenQuiet(cloud)
  expect(server.data('a')).toEqual({ both: [{ coins: 1 }, { coins: 5 }] })
})

test('takes a save that has arrived long ago for its own, though no receipt is left', async () => {
  const cloud = await openGame({ strategy: 'merge', rules })
  server.write('a', { coins: 1 })
  unwrap(await cloud.saves.load('a'))
  isOnline = false
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 31 * 24 * 3600 * 1000 })
  const { save } = unwrap(await cloud.saves.save('a', { coins: 2 }))
  vi.useRealTimers()
  server.write('a', { coins: 2 }, { client_time: save.updated_at })
  isOnline = true
  await whenQuiet(cloud)
  expect(server.data('a')).toEqual({ coins: 2 })
  expect(server.slots.get('a')).toHaveLength(2)
})

test('asks nobody about two that are alike', async () => {
  const onConflict = vi.fn(() => 'mine' as const)
  const cloud = await openGame({ onConflict })
  await meet(cloud, 'before', { at: [1], hp: 2 }, { hp: 2, at: [1] })
  await whenQuiet(cloud)
  expect(onConflict).not.toHaveBeenCalled()
  expect(server.slots.get('a')).toHaveLength(2)
})

test('takes what two devices have made alike, each for itself, for two', async () => {
  const cloud = await openGame({ strategy: 'merge', rules })
  await meet(cloud, { coins: 10 }, { coins: 11 }, { coins: 11 })
  await whenQuiet(cloud)
  expect(server.data('a')).toEqual({ coins: 12 })
})

test('adds up what two devices have begun with an empty slot', async () => {
  const cloud = await openGame({ strategy: 'merge', rules })
  expect(await cloud.saves.load('a')).toMatchObject({ error: { code: 'not_found' } })
  isOnline = false
  unwrap(await cloud.saves.save('a', { coins: 3 }))
  server.write('a', { coins: 4 })
  isOnline = true
  await whenQuiet(cloud)
  expect(server.data('a')).toEqual({ coins: 7 })
})
