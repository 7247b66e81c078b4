import { type Blobs, openBlobs } from '@aethex/shared/blobs'
import {
  codeOf,
  freshEnvironment,
  freshPlayer,
  type TestEnvironment,
  type TestPlayer,
} from '@aethex/shared/testing'
import { tiers } from '@aethex/shared/tiers'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { type Caller, callerOf } from '../../testing/caller.js'
import { openStored } from '../../testing/stored.js'
import { packKey } from './packs/pack-store.js'
import { purgeDeleted, sweepOrphans, tidyOperations } from './sweeping.js'

const stack = inject('stack')
const stored = openStored(stack)
const dayMs = 86_400_000
let environment: TestEnvironment
let player: TestPlayer
let api: Caller
let blobs: Blobs
let ahead = 0

beforeAll(async () => {
  environment = await freshEnvironment(stack)
  const { endpoint, region, bucket, access_key_id, secret_access_key } = stack.s3
  blobs = openBlobs({
    endpoint,
    region,
    bucket,
    accessKeyId: access_key_id,
    secretAccessKey: secret_access_key,
  })
})
afterAll(async () => {
  await blobs.close()
  await stored.close()
})
beforeEach(async () => {
  ahead = 0
  player = await freshPlayer(environment)
  api = callerOf(stack.api_url, player.headers)
})

const agreement = async () => ({
  ...tiers.free,
  organizationId: environment.organizationId,
  tier: 'free' as const,
  priceMinor: 0,
  contract: undefined,
})
const parts = () => ({
  db: stored.db,
  blobs,
  now: () => new Date(Date.now() + ahead),
  usage: { agreement },
})
const write = async (save_id: string, data: unknown, headers: Record<string, string> = {}) =>
  expect((await api('POST', '/saves/me', { save_id, data }, headers)).status).toBe(201)
const folder = () => `${environment.environmentId}/${player.id}/`
async function objects(): Promise<string[]> {
  const found: string[] = []
  for await (const keys of blobs.list(`saves/${folder()}`)) found.push(...keys)
  return found
}
const countOf = async (table: string) =>
  (await stored.rows(`SELECT count(*)::int AS n FROM ${table} WHERE player_id = $1`, player.id))[0]
    ?.n

describe('slots that were deleted', () => {
  test('F12: are forgotten when nobody can bring them back any more, all but the tombstone', async () => {
    await write('slot1', 'first')
    await write('slot1', 'second')
    await write('slot2', 'living')
    await api('DELETE', '/saves/me/slot1')
    ahead = 6 * dayMs
    await purgeDeleted(parts())
    expect(await countOf('save_version')).toBe(4)
    ahead = 8 * dayMs
    for (const _ of ['once', 'and again']) await purgeDeleted(parts())
    expect(await countOf('save_version')).toBe(2)
    expect(await countOf('deleted_save')).toBe(0)
    expect(await objects()).toHaveLength(1)
    expect(codeOf(await api('POST', '/saves/me/slot1/undelete'))).toBe('not_found')
    const late = await api('POST', '/saves/me', { save_id: 'slot1', data: 'old', base_version: 2 })
    expect(codeOf(late)).toBe('save_conflict')
    expect(Object(late.body).current.save).toMatchObject({ version: 3, deleted: true })
    expect((await api('GET', '/saves/me/slot2')).status).toBe(200)
  })

  test('that live again by then are left as they are', async () => {
    await write('slot1', 'first')
    await api('DELETE', '/saves/me/slot1')
    await api('POST', '/saves/me/slot1/undelete')
    ahead = 8 * dayMs
    await purgeDeleted(parts())
    expect(await countOf('save_version')).toBe(3)
    expect((await api('GET', '/saves/me/slot1')).body).toMatchObject({ data: 'first' })
  })
})

describe('what writes leave behind', () => {
  test('objects that no row names are removed a day later, and no others', async () => {
    await write('slot1', 'kept')
    const [kept = ''] = await objects()
    const of = { environmentId: environment.environmentId, playerId: player.id }
    await blobs.put(packKey(of, uuidv7({ msecs: 0 })), Buffer.from('left over'))
    await blobs.put(`saves/${folder()}something-else`, Buffer.from('of somebody else'))
    expect(await sweepOrphans(parts(), folder())).toBe(0)
    ahead = 1.5 * dayMs
    expect(await sweepOrphans(parts(), folder())).toBe(1)
    expect((await objects()).toSorted()).toEqual(
      [kept, `saves/${folder()}something-else`].toSorted(),
    )
  })

  test('keys of writes are known for thirty days', async () => {
    const key = { 'idempotency-key': crypto.randomUUID() }
    await write('slot1', 'once', key)
    await tidyOperations(parts())
    expect(await countOf('save_operation')).toBe(1)
    await stored.rows(
      "UPDATE save_operation SET created_at = now() - interval '40 days' WHERE player_id = $1",
      player.id,
    )
    await tidyOperations(parts())
    expect(await countOf('save_operation')).toBe(0)
  })
})
