import { expect, test, vi } from 'vitest'
import { createMemoryStore } from './memory-store.js'
import type { SaveStore } from './save-store.js'
import { createSteadyStore } from './steady-store.js'

const bytes = (text: string) => new TextEncoder().encode(text)
const full = () => Promise.reject(new DOMException('no room', 'QuotaExceededError'))

test('goes on in memory when the device is full, says so once, and goes back when there is room', async () => {
  const device: SaveStore = { ...createMemoryStore(), lasts: true }
  const { write } = device
  const onError = vi.fn()
  const store = createSteadyStore(device, onError)
  expect(await store.write('p/a', bytes('1'))).toBe(true)
  device.write = full
  expect(await store.write('p/a', bytes('2'))).toBe(false)
  expect(await store.write('p/b', bytes('3'))).toBe(false)
  expect(await store.read('p/a')).toEqual(bytes('2'))
  expect((await store.keys('p/')).sort()).toEqual(['p/a', 'p/b'])
  expect(onError).toHaveBeenCalledOnce()
  expect(onError.mock.calls[0]?.[0]).toMatchObject({ code: 'storage_failed' })
  device.write = write
  expect(await store.write('p/a', bytes('4'))).toBe(true)
  expect(await device.read('p/a')).toEqual(bytes('4'))
  expect(await store.read('p/a')).toEqual(bytes('4'))
  expect(await store.write('p/c', bytes('5'), false)).toBe(false)
  expect(await device.read('p/c')).toBeUndefined()
})

test('works without a device that forbids everything', async () => {
  const forbidden = () => Promise.reject(new DOMException('not here', 'SecurityError'))
  const device: SaveStore = {
    ...createMemoryStore(),
    read: forbidden,
    write: forbidden,
    remove: forbidden,
    keys: forbidden,
    lock: forbidden,
  }
  const store = createSteadyStore(device, () => {})
  expect(await store.write('p/a', bytes('1'))).toBe(false)
  expect(await store.read('p/a')).toEqual(bytes('1'))
  expect(await store.lock('l', async () => 'done')).toBe('done')
  await store.remove('p/a')
  expect(await store.keys('')).toEqual([])
})

test("does not take the work's own failure for one of the lock", async () => {
  const onError = vi.fn()
  const store = createSteadyStore(createMemoryStore(), onError)
  const work = vi.fn(() => Promise.reject(new Error('of the work')))
  await expect(store.lock('l', work)).rejects.toThrow('of the work')
  expect(work).toHaveBeenCalledOnce()
  expect(onError).not.toHaveBeenCalled()
})

test('never takes a device that does not answer for an empty one', async () => {
  const device: SaveStore = { ...createMemoryStore(), lasts: true }
  const { read } = device
  const onError = vi.fn()
  const store = createSteadyStore(device, onError)
  await store.write('p/a', bytes('1'))
  device.read = () => Promise.reject(new Error('EIO'))
  const failure = { code: 'storage_failed', retryable: true }
  await expect(store.read('p/a')).rejects.toMatchObject(failure)
  await expect(store.read('p/b')).rejects.toMatchObject(failure)
  expect(onError).toHaveBeenCalledOnce()
  device.read = read
  expect(await store.read('p/a')).toEqual(bytes('1'))
})
