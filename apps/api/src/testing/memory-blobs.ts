import { Readable } from 'node:stream'
import type { Blobs } from '@aethex/shared/blobs'
import { unavailable } from '@aethex/shared/errors'

/** An object store that tests can look into, break and count. */
export interface MemoryBlobs extends Blobs {
  readonly objects: Map<string, Buffer>
  readonly asked: { puts: number; reads: number; bytesRead: number }
  /** While true nothing is answered. */
  isOut: boolean
}

export function memoryBlobs(): MemoryBlobs {
  const objects = new Map<string, Buffer>()
  const asked = { puts: 0, reads: 0, bytesRead: 0 }
  const find = async (key: string) => {
    if (blobs.isOut) throw unavailable('object store')
    asked.reads++
    const bytes = objects.get(key)
    asked.bytesRead += bytes?.length ?? 0
    return bytes
  }
  const get = async (key: string) => {
    const bytes = await find(key)
    if (bytes === undefined) throw unavailable('object store')
    return bytes
  }
  const put = async (key: string, bytes: Uint8Array) => {
    if (blobs.isOut) throw unavailable('object store')
    asked.puts++
    objects.set(key, Buffer.from(bytes))
  }
  const blobs: MemoryBlobs = {
    objects,
    asked,
    isOut: false,
    find,
    get,
    put,
    async getRange(key, start, end) {
      const bytes = objects.get(key)
      if (blobs.isOut) throw unavailable('object store')
      asked.reads++
      const part = bytes?.subarray(start, end)
      asked.bytesRead += part?.length ?? 0
      return part
    },
    putStream: async (key, bytes) => put(key, Buffer.concat(await bytes.toArray())),
    openStream: async key => Readable.from([await get(key)]),
    async remove(keys) {
      for (const key of keys) objects.delete(key)
    },
    async *list(prefix) {
      yield [...objects.keys()].filter(key => key.startsWith(prefix))
    },
    async *listDated(prefix) {
      for await (const keys of this.list(prefix))
        yield keys.map(key => ({ key, putAt: new Date() }))
    },
    ping: async () => {},
    close: async () => {},
  }
  return blobs
}
