import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Cloud } from '../../cloud.js'
import { unwrap } from '../../core/result.js'
import { createTestDisk } from '../../testing/device-store.js'
import { createSaveServer, type SaveServer } from '../../testing/save-server.js'
import { problem, startTestApi, type TestApi } from '../../testing/test-api.js'
import { createTestCloud, signIn } from '../../testing/test-cloud.js'

let api: TestApi
let server: SaveServer
let cloud: Cloud

beforeEach(async () => {
  api = await startTestApi()
  server = createSaveServer()
  server.openAt(api, 'a')
  cloud = createTestCloud(api, { saves: { store: createTestDisk().open(), delayMs: 60_000 } })
  await signIn(api, cloud)
})
afterEach(async () => {
  cloud.close()
  await api.close()
})

const saves = () => cloud.saves
const loadOnce = () => fetch(`${api.url}/api/v1/saves/me/a`).then(answer => answer.json())

/** The server makes a new version out of an older one, by itself. */
const writesAgain = (version: number) => async () => {
  server.write('a', JSON.parse(server.slots.get('a')?.[version - 1]?.bytes.toString() ?? ''))
  const { save } = await loadOnce()
  return { status: 201, body: { save, resolution: null } }
}

test('restores an older version on the server, once, and goes on from it', async () => {
  server.write('a', { hp: 9 })
  server.write('a', { hp: 1 })
  unwrap(await saves().load('a'))
  const route = 'POST /saves/me/a/restore'
  api.answer(route, { cut: true }, writesAgain(1))
  const restored = unwrap(await saves().restore('a', 1))
  expect(restored).toMatchObject({ synced: true, save: { version: 3 } })
  const [first, second] = api.seen(route)
  expect(first?.body).toEqual({ version: 1 })
  expect(first?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/)
  expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key'])
  expect(unwrap(await saves().load('a')).data).toEqual({ hp: 9 })
  unwrap(await saves().save('a', { hp: 10 }))
  unwrap(await saves().flush())
  expect(server.data('a')).toEqual({ hp: 10 })
  expect(api.seen('POST /saves/me').at(-1)?.body).toMatchObject({ base_version: 3 })
})

test('sends what waits in a slot before it is restored, and refuses where that cannot be', async () => {
  server.write('a', { hp: 9 })
  unwrap(await saves().load('a'))
  unwrap(await saves().save('a', { hp: 5 }))
  const route = 'POST /saves/me/a/restore'
  api.answer(route, writesAgain(1))
  unwrap(await saves().restore('a', 1, { base_version: 2 }))
  expect(server.data('a')).toEqual({ hp: 9 })
  expect(server.slots.get('a')).toHaveLength(3)
  unwrap(await saves().save('a', { hp: 6 }))
  server.write('a', { hp: 7 })
  // Nobody has decided the conflict yet.
  cloud.saves.on('conflict', () => {})
  expect(await saves().restore('a', 1)).toMatchObject({ error: { code: 'queued' } })
  expect(api.seen(route)).toHaveLength(1)
})

test('brings a deleted slot back, and says when there is nothing to bring back', async () => {
  server.write('a', { hp: 9 })
  server.remove('a')
  const changed = vi.fn()
  saves().on('changed', changed)
  api.answer('POST /saves/me/a/undelete', writesAgain(1), problem(404, 'not_found'))
  expect(unwrap(await saves().undelete('a'))).toMatchObject({ save: { version: 3 } })
  expect(unwrap(await saves().load('a')).data).toEqual({ hp: 9 })
  expect(await saves().undelete('a')).toMatchObject({ error: { code: 'not_found' } })
})

test('shows an older version without building on it', async () => {
  server.write('a', { hp: 9 })
  server.write('a', { hp: 1 })
  unwrap(await saves().load('a'))
  expect(unwrap(await saves().loadVersion('a', 1))).toMatchObject({
    ...{ data: { hp: 9 }, save: { version: 1 } },
  })
  unwrap(await saves().save('a', { hp: 2 }))
  unwrap(await saves().flush())
  expect(api.seen('POST /saves/me').at(-1)?.body).toMatchObject({ base_version: 2 })
  expect(await saves().loadVersion('a', 9)).toMatchObject({ error: { code: 'not_found' } })
})

test('pins and unpins versions, and tells what has changed between two', async () => {
  const pinned = { body: { save: { save_id: 'a', version: 2, pinned: true } } }
  api.answer('PUT /saves/me/a/versions/2/pin', pinned)
  api.answer('DELETE /saves/me/a/versions/2/pin', problem(404, 'not_found'))
  const difference = { from: 1, to: 2, patch: [{ op: 'remove', path: '/hp' }], ranges: null }
  api.answer('GET /saves/me/a/diff', { body: difference })
  expect(unwrap(await saves().pin('a', 2)).save.pinned).toBe(true)
  expect(await saves().unpin('a', 2)).toMatchObject({ error: { code: 'not_found' } })
  expect(unwrap(await saves().diff('a', 1, 2))).toMatchObject(difference)
  expect(api.requests.at(-1)?.query.toString()).toBe('from=1&to=2')
})

test('puts a picture beside a version, and gets it', async () => {
  const picture = Buffer.from('a picture')
  const route = '/saves/me/a/thumbnail'
  api.answer(`PUT ${route}`, { body: { save: { version: 1 } } })
  api.answer(`GET ${route}`, { body: picture, headers: { 'content-type': 'image/webp' } })
  const image = new Blob([picture], { type: 'image/png' })
  unwrap(await saves().setThumbnail('a', image, { version: 1 }))
  const [put] = api.seen(`PUT ${route}`)
  expect(put?.headers['content-type']).toBe('image/png')
  expect(put?.query.get('version')).toBe('1')
  expect(put?.bytes.equals(picture)).toBe(true)
  const got = unwrap(await saves().thumbnail('a'))
  expect(got.image.type).toBe('image/webp')
  expect(await got.image.text()).toBe('a picture')
})

test('tells with a list what the saves take, and nothing of that from this device', async () => {
  const usage = { billed_bytes: 10, stored_bytes: 20, limit_bytes: null }
  api.answer('GET /saves/me', { body: { items: [], next_cursor: null, usage } }, { cut: true })
  expect(unwrap(await saves().list()).usage).toEqual(usage)
  unwrap(await saves().save('a', 1))
  expect(unwrap(await saves().list())).toMatchObject({ from: 'device', usage: null })
})

test.each(['history', '..', 'a/b'])('refuses the slot name "%s" before asking', async slot => {
  const before = api.requests.length
  const image = new Blob(['x'])
  const results = await Promise.all([
    ...[saves().restore(slot, 1), saves().undelete(slot), saves().loadVersion(slot, 1)],
    ...[saves().pin(slot, 1), saves().unpin(slot, 1), saves().diff(slot, 1, 2)],
    ...[saves().setThumbnail(slot, image), saves().thumbnail(slot), saves().loadFile(slot)],
  ])
  for (const result of results) {
    expect(result).toMatchObject({ success: false, error: { code: 'invalid_request' } })
  }
  expect(api.requests).toHaveLength(before)
})
