import { type Cloud, createCloud, type PlayerPresence, unwrap } from '@aethex/sdk'
import { freshEnvironment } from '@aethex/shared/testing'
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import { WebSocket } from 'ws'

/** Friends and presence through the whole house: SDK, API, outbox, Redis, relay and back. */

const stack = inject('stack')
const clouds: Cloud[] = []
let apiKey: string

beforeAll(async () => {
  apiKey = (await freshEnvironment(stack)).publishableKey
})
afterAll(() => {
  for (const cloud of clouds) cloud.close()
})

async function signedIn() {
  const cloud = createCloud({ apiKey, url: stack.api_url, WebSocket })
  clouds.push(cloud)
  const { user } = unwrap(await cloud.auth.loginAnonymous())
  return { cloud, id: user.id, ...cloud.social }
}

test('G11: two players find each other, see each other, and after a block see nothing any more', async () => {
  const [ann, bob] = [await signedIn(), await signedIn()]
  const told: PlayerPresence[] = []
  const added: string[] = []
  bob.presence.on('changed', presence => told.push(presence))
  bob.friends.on('requested', ({ user_id }) => void bob.friends.accept(user_id))
  ann.friends.on('added', ({ user_id }) => added.push(user_id))
  expect(unwrap(await bob.presence.watchFriends()).items).toEqual([])
  unwrap(await ann.cloud.multiplayer.connect())

  unwrap(await ann.friends.request({ user_id: bob.id }))
  await vi.waitFor(() => expect(added).toEqual([bob.id]), 10_000)
  await vi.waitFor(
    () => expect(bob.presence.of(ann.id)).toMatchObject({ status: 'online' }),
    10_000,
  )

  unwrap(await ann.presence.setStatus('busy', { text: 'in a raid', showRoom: true }))
  unwrap(await ann.cloud.multiplayer.joinRoom('den'))
  const shown = { status: 'busy', text: 'in a raid', room_id: 'den' }
  await vi.waitFor(() => expect(bob.presence.of(ann.id)).toMatchObject(shown), 3_000)
  expect(unwrap(await bob.presence.get([ann.id])).items).toMatchObject([shown])

  unwrap(await ann.friends.block(bob.id))
  const gone = { status: 'offline', text: null, room_id: null, last_seen_at: null }
  await vi.waitFor(() => expect(bob.presence.of(ann.id)).toMatchObject(gone), 10_000)
  unwrap(await ann.presence.setStatus('away'))
  const before = told.length
  await new Promise(resolve => setTimeout(resolve, 700))
  expect(told).toHaveLength(before)
  expect(unwrap(await bob.presence.get([ann.id])).items).toEqual([])
})
