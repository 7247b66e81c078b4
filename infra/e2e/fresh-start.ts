import { moveTestAddress } from '@aethex/shared/testing'
import { vi } from 'vitest'

// Runs before each test file: those that share a worker find it as the first of them did, also after one that failed.
vi.useRealTimers()
vi.unstubAllGlobals()
vi.unstubAllEnvs()
moveTestAddress()

// A connection that the file before left open may have been closed at its other end while the next file was loaded:
// `fetch` would not know. It keeps its connections behind this name, and the class of the keeper behind the keeper.
const connections: unknown = Reflect.get(globalThis, Symbol.for('undici.globalDispatcher.1'))
if (typeof connections === 'object' && connections !== null) {
  const fresh: unknown = Reflect.construct(Object(connections).constructor, [])
  Reflect.set(globalThis, Symbol.for('undici.globalDispatcher.1'), fresh)
}
