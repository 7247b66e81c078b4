import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Cloud, CloudOptions } from '../../cloud.js'
import { unwrap } from '../../core/result.js'
import { createTestDisk } from '../../testing/device-store.js'
import { problem, startTestApi, type TestApi } from '../../testing/test-api.js'
import { createTestCloud, signIn } from '../../testing/test-cloud.js'
import { openUploadServer, type UploadServer } from '../../testing/upload-server.js'
import type { SavesOptions } from './saves.js'
import type { TransferProgress } from './transfer.js'

const size = 9 * 2 ** 20 + 17
const parts = 10
const bytes = new Uint8Array(randomBytes(size))

let api: TestApi
let server: UploadServer
let clouds: Cloud[]
let disk: ReturnType<typeof createTestDisk>

beforeEach(async () => {
  api = await startTestApi()
  server = openUploadServer(api, 'replay')
  clouds = []
  disk = createTestDisk()
})
afterEach(async () => {
  vi.unstubAllGlobals()
  for (const cloud of clouds) cloud.close()
  await api.close()
})

/** A run of the game on the one device. */
async function openGame(
  saves: SavesOptions = {},
  options: Partial<CloudOptions> = {},
): Promise<Cloud> {
  const cloud = createTestCloud(api, { saves: { store: disk.open(), ...saves }, ...options })
  clouds.push(cloud)
  await signIn(api, cloud)
  return cloud
}

const file = () => new Blob([bytes], { type: 'application/x-replay' })
const partsSent = () =>
  api.requests.flatMap(({ route }) => /^PUT .*\/parts\/(\d+)$/.exec(route)?.[1] ?? [])

describe('a file', () => {
  test('goes in parts from where it lies, each with its digest, and tells how far it is', async () => {
    const cloud = await openGame()
    const told: TransferProgress[] = []
    const heard = vi.fn()
    cloud.saves.on('progress', heard)
    const onProgress = (progress: TransferProgress) => void told.push(progress)
    const saved = unwrap(await cloud.saves.save('replay', file(), { name: 'Best', onProgress }))
    expect(saved).toMatchObject({ synced: true, save: { version: 1, size } })
    expect(server.bytes?.equals(bytes)).toBe(true)
    expect(partsSent()).toHaveLength(parts)
    const [begun] = api.seen('POST /saves/me/replay/uploads')
    expect(begun?.body).toMatchObject({
      ...{ size, content_type: 'application/x-replay', name: 'Best', base_version: 0 },
    })
    expect(told[0]).toEqual({ sent: 0, total: size })
    expect(told.at(-1)).toEqual({ sent: size, total: size })
    expect(told).toHaveLength(parts + 1)
    expect(heard).toHaveBeenCalledTimes(parts + 1)
    const [part] = api.seen('PUT /saves/me/replay/uploads/u1/parts/1')
    expect(part?.headers['content-digest']).toMatch(/^sha-256=:.{44}:$/)
  })

  test('goes on from where it was when its sender has ended it, and as the same upload', async () => {
    const cloud = await openGame()
    const controller = new AbortController()
    const ended = await cloud.saves.save('replay', file(), {
      signal: controller.signal,
      onProgress: progress => {
        if ('sent' in progress && progress.sent >= 3 * 2 ** 20) controller.abort()
      },
    })
    expect(ended).toMatchObject({ success: false, error: { code: 'aborted', retryable: false } })
    const before = server.uploads.get('u1')?.parts.size ?? 0
    expect(before).toBeGreaterThanOrEqual(3)
    expect(before).toBeLessThan(parts)
    cloud.close()
    // Another run of the game, with the same file.
    const next = await openGame()
    const told: TransferProgress[] = []
    unwrap(
      await next.saves.save('replay', file(), { onProgress: progress => void told.push(progress) }),
    )
    expect(server.uploads.size).toBe(1)
    // What was on its way when it was ended may still have arrived.
    expect(told[0]).toMatchObject({ total: size })
    expect(told[0]).toHaveProperty('sent')
    expect(told.length - 1).toBeLessThanOrEqual(parts - before)
    expect(server.bytes?.equals(bytes)).toBe(true)
  })

  test('begins anew when it is another file, or when its upload is over', async () => {
    const cloud = await openGame()
    const controller = new AbortController()
    const options = { signal: controller.signal, onProgress: () => controller.abort() }
    await cloud.saves.save('replay', file(), options)
    expect(server.uploads.size).toBe(1)
    const other = new Blob([bytes.slice().reverse()])
    unwrap(await cloud.saves.save('replay', other))
    // What nobody goes on with is given up, so that it takes no room.
    expect(api.seen('DELETE /saves/me/replay/uploads/u1')).toHaveLength(1)
    expect(server.version).toBe(1)
    const again = new AbortController()
    await cloud.saves.save('replay', file(), {
      ...{ signal: again.signal, onProgress: () => again.abort() },
    })
    const [, open] = [...server.uploads.keys()]
    api.answer(`GET /saves/me/replay/uploads/${open}`, problem(404, 'not_found'))
    unwrap(await cloud.saves.save('replay', file()))
    expect(server.version).toBe(2)
    expect(server.bytes?.equals(bytes)).toBe(true)
  })

  test.each([
    ['its beginning', /^POST .*\/uploads$/],
    ['a part', /\/parts\/4$/],
    ['its end', /\/complete$/],
  ])('makes one version of it when the answer to %s is lost', async (_what, route) => {
    const cloud = await openGame()
    server.loseAnswerOf(route)
    expect(unwrap(await cloud.saves.save('replay', file()))).toMatchObject({ save: { version: 1 } })
    expect(server.uploads.size).toBe(1)
    expect(server.version).toBe(1)
    expect(server.bytes?.equals(bytes)).toBe(true)
  })

  test('sends again what was damaged on its way, or lost by the server', async () => {
    const cloud = await openGame()
    let damaged = 0
    server.trouble = ({ route }) =>
      route.endsWith('/parts/2') && damaged++ === 0 ? problem(400, 'digest_mismatch') : undefined
    let hasLost = false
    const inner = server.trouble
    server.trouble = request => {
      const upload = server.uploads.get('u1')
      if (request.route.endsWith('/complete') && !hasLost && upload !== undefined) {
        hasLost = true
        upload.parts.delete(7)
      }
      return inner(request)
    }
    unwrap(await cloud.saves.save('replay', file()))
    expect(partsSent().filter(part => part === '2')).toHaveLength(2)
    expect(partsSent().filter(part => part === '7')).toHaveLength(2)
    expect(server.bytes?.equals(bytes)).toBe(true)
  })

  test('that is small is kept on this device like all else', async () => {
    const cloud = await openGame({ delayMs: 60_000 })
    const small = new Blob([bytes.slice(0, 100)], { type: 'image/png' })
    const saved = unwrap(await cloud.saves.save('replay', small))
    expect(saved).toMatchObject({ synced: false, save: { content_type: 'image/png', size: 100 } })
  })

  test('is refused with what stands there, and given up, when it is stale', async () => {
    const cloud = await openGame()
    const conflict = problem(409, 'save_conflict', { current: null })
    server.trouble = ({ route }) => (route.endsWith('/complete') ? conflict : undefined)
    const refused = await cloud.saves.save('replay', file(), { base_version: 4 })
    expect(refused).toMatchObject({ error: { code: 'save_conflict' } })
    expect(server.uploads.size).toBe(0)
  })

  test('of bytes is sent in the background, and a run that ends in between costs no part twice', async () => {
    const cloud = await openGame({ delayMs: 1 })
    const sent = new Promise<void>(resolve => {
      cloud.saves.on('progress', (_slot, progress) => {
        if ('sent' in progress && progress.sent >= 4 * 2 ** 20) resolve()
      })
    })
    expect(unwrap(await cloud.saves.save('replay', bytes)).synced).toBe(false)
    await sent
    cloud.close()
    const before = new Set(server.uploads.get('u1')?.parts.keys())
    expect(before.size).toBeLessThan(parts)
    const from = api.requests.length
    const next = await openGame({ delayMs: 1 })
    expect(unwrap(await next.saves.flush()).pending).toBe(0)
    const later = api.requests.slice(from).map(({ route }) => route)
    for (const part of before) expect(later.join()).not.toMatch(new RegExp(`/parts/${part}\\b`))
    expect(server.uploads.size).toBe(1)
    expect(server.bytes?.equals(bytes)).toBe(true)
  })
})

describe('an upload straight to the object store', () => {
  const openDirect = () => openGame({ directUploads: true })

  test('uses the addresses of the server, with no key and no token, and asks for new ones', async () => {
    const cloud = await openDirect()
    const urls = (part: number) => [{ part, url: `${api.url}/store/${part}`, size: 1 }]
    let refused = 0
    server.trouble = ({ route, query }) => {
      const upload = server.uploads.get('u1')
      if (route !== 'GET /saves/me/replay/uploads/u1' || upload === undefined) return undefined
      const part = Number(query.get('urls'))
      return { body: { upload: {}, urls: urls(part) } }
    }
    for (let part = 1; part <= parts; part++) {
      api.answer(`PUT /store/${part}`, request => {
        if (part === 2 && refused++ === 0) return { status: 403, body: '<Error/>' }
        server.uploads.get('u1')?.parts.set(part, request.bytes)
        return { status: 200 }
      })
    }
    unwrap(await cloud.saves.save('replay', file()))
    expect(server.bytes?.equals(bytes)).toBe(true)
    expect(partsSent()).toHaveLength(0)
    const [sent] = api.seen('PUT /store/1')
    expect(sent?.headers).not.toHaveProperty('authorization')
    expect(sent?.headers).not.toHaveProperty('x-api-key')
    expect(api.seen('PUT /store/2')).toHaveLength(2)
  })

  test('goes by way of the API where the server has no such store, or the page may not reach it', async () => {
    const cloud = await openDirect()
    server.trouble = ({ route, body }) =>
      route.endsWith('/uploads') && body.direct === true
        ? problem(400, 'direct_upload_unavailable')
        : undefined
    unwrap(await cloud.saves.save('replay', file()))
    expect(server.bytes?.equals(bytes)).toBe(true)
    cloud.close()

    const next = await openDirect()
    server.trouble = ({ route }) =>
      /^GET .*uploads\/u\d$/.test(route)
        ? { body: { upload: {}, urls: [{ part: 1, url: 'http://127.0.0.1:9/x' }] } }
        : undefined
    unwrap(await next.saves.save('replay', new Blob([bytes.slice().reverse()])))
    expect(server.version).toBe(2)
    expect(server.bytes?.equals(bytes.slice().reverse())).toBe(true)
  })
})

describe('a file that is loaded', () => {
  beforeEach(() => {
    server.bytes = Buffer.from(bytes)
    server.version = 5
  })

  test('comes in ranges, tells how far it is, and is what the next save is built on', async () => {
    const cloud = await openGame({ autoSync: false })
    const told: TransferProgress[] = []
    const onProgress = (progress: TransferProgress) => void told.push(progress)
    const loaded = unwrap(await cloud.saves.load<Uint8Array>('replay', { onProgress }))
    expect(Buffer.from(bytes).equals(loaded.data)).toBe(true)
    expect(told.map(progress => ('received' in progress ? progress.received : 0))).toEqual([
      ...[4 * 2 ** 20, 8 * 2 ** 20, size],
    ])
    const { save, file: blob } = unwrap(await cloud.saves.loadFile('replay'))
    expect(save.version).toBe(5)
    expect(Buffer.from(await blob.arrayBuffer()).equals(bytes)).toBe(true)
    unwrap(await cloud.saves.save('replay', new Blob([bytes.slice().reverse()])))
    expect(api.seen('POST /saves/me/replay/uploads')[0]?.body).toMatchObject({ base_version: 5 })
  })

  test('is asked for again when a range is cut, or is no range', async () => {
    const cloud = await openGame()
    let cuts = 0
    server.trouble = ({ headers }) => {
      if (headers.range === `bytes=0-${4 * 2 ** 20 - 1}` && cuts++ === 0) return { cut: true }
      return headers.range?.startsWith('bytes=4') ? { body: Buffer.from(bytes) } : undefined
    }
    const loaded = unwrap(await cloud.saves.load<Uint8Array>('replay'))
    expect(Buffer.from(bytes).equals(loaded.data)).toBe(true)
  })

  test.each(['load', 'loadFile'] as const)(
    'is refused by %s when its bytes are not those of its hash, and taken when they are right the second time',
    async verb => {
      const cloud = await openGame({ autoSync: false })
      let damages = 1
      server.trouble = ({ headers }) =>
        headers.range?.startsWith('bytes=0-') && damages-- > 0
          ? { status: 206, body: Buffer.alloc(4 * 2 ** 20) }
          : undefined
      expect(await cloud.saves[verb]('replay')).toMatchObject({ success: true })
      damages = 2
      expect(await cloud.saves[verb]('replay')).toMatchObject({
        success: false,
        error: { code: 'invalid_answer', retryable: true },
      })
    },
  )

  test('is not waited for any more when its reader has ended it', async () => {
    const cloud = await openGame()
    const controller = new AbortController()
    const { signal } = controller
    const onProgress = () => controller.abort()
    const ended = await cloud.saves.loadFile('replay', { signal, onProgress })
    expect(ended).toMatchObject({ success: false, error: { code: 'aborted' } })
  })

  test('and is not on this device cannot be had without a network, which is no empty slot', async () => {
    const cloud = await openGame()
    unwrap(await cloud.saves.loadFile('replay'))
    server.trouble = () => ({ cut: true })
    const failed = await cloud.saves.load('replay')
    expect(failed).toMatchObject({ success: false, error: { code: 'network_failed' } })
  })
})
