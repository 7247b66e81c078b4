import { expect, test, vi } from 'vitest'
import { createEmitter } from './emitter.js'
import { AeThexError } from './error.js'
import { attempt, unwrap } from './result.js'
import { createMemoryStorage, createStore } from './storage.js'
import { mintSecret, uuidv7 } from './uuid.js'

test('calls every listener, and none that has gone', () => {
  const emitter = createEmitter<{ moved: [x: number, y: number] }>(() => {})
  const first = vi.fn()
  const second = vi.fn()
  const stop = emitter.on('moved', first)
  emitter.on('moved', second)
  expect(emitter.emit('moved', 1, 2)).toBe(true)
  stop()
  emitter.emit('moved', 3, 4)
  expect(first.mock.calls).toEqual([[1, 2]])
  expect(second.mock.calls).toEqual([
    [1, 2],
    [3, 4],
  ])
  emitter.clear()
  expect(emitter.emit('moved', 5, 6)).toBe(false)
})

test('reports a listener that throws and calls the others all the same', () => {
  const onFault = vi.fn()
  const emitter = createEmitter<{ moved: [] }>(onFault)
  const other = vi.fn()
  emitter.on('moved', () => {
    throw new Error('oops')
  })
  emitter.on('moved', other)
  emitter.emit('moved')
  expect(other).toHaveBeenCalledOnce()
  expect(onFault).toHaveBeenCalledWith(new Error('oops'))
})

test('lets a listener take itself away while it is called', () => {
  const emitter = createEmitter<{ moved: [] }>(() => {})
  const calls: string[] = []
  const stop = emitter.on('moved', () => {
    calls.push('once')
    stop()
  })
  emitter.on('moved', () => calls.push('always'))
  emitter.emit('moved')
  emitter.emit('moved')
  expect(calls).toEqual(['once', 'always', 'always'])
})

test('turns whatever is thrown into a failure', async () => {
  const failed = await attempt(async () => {
    throw new TypeError('no')
  })
  expect(failed).toMatchObject({ success: false, error: { code: 'sdk_failure', message: 'no' } })
  expect(await attempt(async () => ({ score: 1 }))).toEqual({ success: true, score: 1 })
})

test('knows an AeThexError of another copy of the package', () => {
  const foreign = Object.assign(new Error('Busy.'), { name: 'AeThexError', code: 'busy' })
  expect(foreign instanceof AeThexError).toBe(true)
  expect(new AeThexError('busy', 'Busy.') instanceof AeThexError).toBe(true)
  expect(new Error('Busy.') instanceof AeThexError).toBe(false)
})

test('unwraps a success and throws the error of a failure', async () => {
  const error = new AeThexError('busy', 'Busy.')
  expect(unwrap({ success: true, score: 3 }).score).toBe(3)
  expect(() => unwrap({ success: false, error })).toThrow(error)
  await expect(unwrap(Promise.resolve({ success: false as const, error }))).rejects.toBe(error)
})

test('makes ids of version 7 that sort by their time', () => {
  const earlier = uuidv7(Date.parse('2026-01-01T00:00:00Z'))
  const later = uuidv7(Date.parse('2026-01-01T00:00:01Z'))
  for (const id of [earlier, later]) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  }
  expect(earlier < later).toBe(true)
  const ms = Number.parseInt(earlier.replaceAll('-', '').slice(0, 12), 16)
  expect(ms).toBe(Date.parse('2026-01-01T00:00:00Z'))
})

test('mints secrets of 256 bits that never repeat', () => {
  const secrets = new Set(Array.from({ length: 100 }, mintSecret))
  expect(secrets.size).toBe(100)
  for (const secret of secrets) expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/)
})

test('goes on in memory when the storage throws', () => {
  const storage = createMemoryStorage()
  const store = createStore(storage, 'pk')
  store.write('a', 'old')
  storage.setItem = () => {
    throw new Error('full')
  }
  store.write('a', 'new')
  expect(store.read('a')).toBe('new')
  store.write('a', null)
  expect(store.read('a')).toBeNull()
})

test('takes a damaged list for an empty one', () => {
  const storage = createMemoryStorage()
  const store = createStore(storage, 'pk')
  for (const text of ['{', '{}', 'null', '7']) {
    storage.setItem(store.keyOf('list'), text)
    expect(store.readList('list')).toEqual([])
  }
})
