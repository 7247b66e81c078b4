import { type Blobs, openBlobs } from '@aethex/shared/blobs'
import type { Running } from '@aethex/shared/lifecycle'
import { codeOf, freshEnvironment, freshPlayer, type TestEnvironment } from '@aethex/shared/testing'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { startAnotherApi } from '../../testing/another-api.js'
import { callerOf } from '../../testing/caller.js'

const stack = inject('stack')
let environment: TestEnvironment
let blobs: Blobs
/** Has none of the bytes in its memory yet. */
let fresh: Running

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
afterAll(() => blobs.close())
beforeEach(async () => {
  fresh = await startAnotherApi(stack)
})
afterEach(() => fresh.close())

/** A player with saves, who reads them through the fresh API. */
async function playerWith(data: unknown, slots = ['slot1']) {
  const { id, headers } = await freshPlayer(environment)
  const write = callerOf(stack.api_url, headers)
  for (const save_id of slots) await write('POST', '/saves/me', { save_id, data: [save_id, data] })
  const keys: string[] = []
  for await (const page of blobs.list(`saves/${environment.environmentId}/${id}/`))
    keys.push(...page)
  const read = callerOf(fresh.url, headers)
  return { keys, read: (slot = 'slot1') => read('GET', `/saves/me/${slot}`) }
}

async function swap(one = '', other = ''): Promise<void> {
  const [first, second] = [await blobs.get(one), await blobs.get(other)]
  await blobs.put(one, second)
  await blobs.put(other, first)
}

test('F14: objects of two players that were swapped are refused for both, with nothing of the other', async () => {
  const ada = await playerWith('of ada')
  const bob = await playerWith('of bob')
  await swap(ada.keys[0], bob.keys[0])
  for (const { read } of [ada, bob]) {
    const answer = await read()
    expect([answer.status, codeOf(answer)]).toEqual([502, 'save_corrupt'])
    expect(JSON.stringify(answer.body)).not.toMatch(/of ada|of bob/)
  }
  await swap(ada.keys[0], bob.keys[0])
  expect((await ada.read()).body).toMatchObject({ data: ['slot1', 'of ada'] })
})

test('F14: objects of two slots of one player that were swapped are refused', async () => {
  const { keys, read } = await playerWith('mine', ['slot1', 'slot2'])
  await swap(keys[0], keys[1])
  for (const slot of ['slot1', 'slot2']) expect(codeOf(await read(slot))).toBe('save_corrupt')
})

test.each<[string, (bytes: Buffer) => Buffer | undefined]>([
  [
    'has one other bit',
    bytes => Buffer.from(bytes.map((byte, at) => (at === 9 ? byte ^ 1 : byte))),
  ],
  ['is cut short', bytes => bytes.subarray(0, -1)],
  ['is empty', () => Buffer.alloc(0)],
  ['is gone', () => undefined],
])(
  'N11: an object that %s is refused, and the rest of the player’s saves are not',
  async (_what, damage) => {
    const { keys, read } = await playerWith('mine', ['slot1', 'slot2'])
    const [key = ''] = keys
    const damaged = damage(Buffer.from(await blobs.get(key)))
    if (damaged === undefined) await blobs.remove([key])
    else await blobs.put(key, damaged)
    const answers = [await read('slot1'), await read('slot2')]
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 502])
    const refused = answers.find(({ status }) => status === 502)
    expect(refused && codeOf(refused)).toBe('save_corrupt')
  },
)
