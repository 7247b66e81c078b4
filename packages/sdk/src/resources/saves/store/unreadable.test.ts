import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { unwrap } from '../../../core/result.js'
import { createTestDisk } from '../../../testing/device-store.js'
import { createSaveServer, type SaveServer } from '../../../testing/save-server.js'
import { startTestApi, type TestApi } from '../../../testing/test-api.js'
import { createTestCloud, signIn } from '../../../testing/test-cloud.js'

let api: TestApi
let server: SaveServer
beforeEach(async () => {
  api = await startTestApi()
  server = createSaveServer()
  server.openAt(api, 'a', 'b')
})
afterEach(() => api.close())

const failed = { success: false, error: { code: 'storage_failed', retryable: true } }

/** A game whose disk can be made to refuse every question, and what lies on that disk. */
async function openGame(cause = new Error('EIO')) {
  const device = createTestDisk().open()
  const state = { isOnline: false, isWell: true }
  const ask = <T>(question: () => Promise<T>) =>
    state.isWell ? question() : Promise.reject<T>(cause)
  const onError = vi.fn()
  const start = async () => {
    const store = {
      ...device,
      read: (key: string) => ask(() => device.read(key)),
      keys: (prefix: string) => ask(() => device.keys(prefix)),
    }
    const cloud = createTestCloud(api, {
      saves: { store, delayMs: 60_000 },
      onError,
      fetch: (...args) =>
        state.isOnline || !String(args[0]).includes('/saves')
          ? fetch(...args)
          : Promise.reject(new TypeError('offline')),
    })
    await signIn(api, cloud)
    return cloud
  }
  return { cloud: await start(), start, state, onError, content: () => device.keys('') }
}

test('loses nothing of an accepted save when the store cannot be read for a while', async () => {
  const { cloud, state, onError, content } = await openGame()
  const saved = await cloud.saves.save('a', { coins: 999 })
  expect(saved).toMatchObject({ success: true, synced: false })
  const before = await content()
  state.isOnline = true
  state.isWell = false
  expect(await cloud.saves.load('a')).toMatchObject(failed)
  expect(await cloud.saves.save('a', { coins: 0 })).toMatchObject(failed)
  expect(await cloud.saves.delete('a')).toMatchObject(failed)
  expect(await cloud.saves.flush()).toMatchObject(failed)
  expect(await cloud.saves.list()).toMatchObject(failed)
  expect(await content()).toEqual(before)
  expect(onError).toHaveBeenCalledWith(expect.objectContaining({ code: 'storage_failed' }))
  state.isWell = true
  expect(unwrap(await cloud.saves.load('a')).data).toEqual({ coins: 999 })
  expect(unwrap(await cloud.saves.flush()).pending).toBe(0)
  expect(server.data('a')).toEqual({ coins: 999 })
  cloud.close()
})

test('sweeps nothing in a run whose first questions fail, and finds everything later', async () => {
  const game = await openGame()
  unwrap(await game.cloud.saves.save('a', { coins: 999 }))
  game.cloud.close()
  const before = await game.content()
  game.state.isWell = false
  const cloud = await game.start()
  expect(await cloud.saves.save('a', { coins: 1 })).toMatchObject(failed)
  expect(await game.content()).toEqual(before)
  game.state.isWell = true
  expect(unwrap(await cloud.saves.load('a')).data).toEqual({ coins: 999 })
  cloud.close()
})

test('leaves a store that the browser forbids alone for the whole run, and saves to the server', async () => {
  const game = await openGame(new DOMException('not here', 'SecurityError'))
  unwrap(await game.cloud.saves.save('a', { coins: 999 }))
  game.cloud.close()
  const before = await game.content()
  game.state.isWell = false
  game.state.isOnline = true
  const cloud = await game.start()
  expect(await cloud.saves.save('b', 1)).toMatchObject({ success: true, synced: true })
  game.state.isWell = true
  expect(await cloud.saves.save('b', 2)).toMatchObject({ success: true, synced: true })
  expect(await game.content()).toEqual(before)
  cloud.close()
})
