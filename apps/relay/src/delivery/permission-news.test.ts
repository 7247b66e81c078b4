import { randomUUID } from 'node:crypto'
import { publishNews } from '@aethex/shared/bus'
import { createLog } from '@aethex/shared/log'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Relay } from '../app.js'
import type { TestClient } from '../testing/client.js'
import { newPlayer, openStage, type Stage } from '../testing/stage.js'

let stage: Stage
let node: Relay
const environmentId = randomUUID()
const log = createLog('relay', 'silent')

beforeAll(async () => {
  stage = await openStage()
  node = await stage.startNode()
})
afterAll(() => stage.close())

async function memberOf(room_id: string, voice: boolean) {
  const holder = { ...newPlayer(environmentId), permissions: { chat: true, voice } }
  const client = await stage.join(node, { holder })
  await client.ask({ type: 'join_room', room_id }, 'room_joined')
  return client
}

async function decide(client: TestClient, voice: boolean) {
  const { environment_id, player_id } = client.holder
  const permissions = { chat: true, voice }
  publishNews(stage.redis, log, {
    topic: 'permissions.changed',
    payload: { environment_id, player_id, permissions },
  })
  const { type: _type, ...told } = await client.next('permissions_changed')
  expect(told).toEqual({ permissions })
}

test('H19: voice ends for a socket that is open when its player takes consent back, and begins when they give it', async () => {
  const [ann, bob] = [await memberOf('den', true), await memberOf('den', true)]
  const key = { type: 'signal', kind: 'voice_key', data: { public_key: 'x', seen: null } } as const
  const fromAnn = { ...key, to: bob.playerId }
  const fromBob = { ...key, to: ann.playerId }
  ann.say(fromAnn)
  expect((await bob.next('signal')).kind).toBe('voice_key')
  await decide(bob, false)
  for (const [client, message] of [
    [ann, fromAnn],
    [bob, fromBob],
  ] as const) {
    expect((await client.ask(message, 'error')).code).toBe('voice_forbidden')
  }
  // It can still hang up: by a word, and by a description in which the sound is over.
  const over = 'v=0\r\nm=application 9 UDP/DTLS/SCTP x\r\nm=audio 0 UDP/TLS/RTP/SAVPF 111\r\n'
  const goodbyes = [
    { type: 'signal', to: ann.playerId, kind: 'voice_bye', data: {} },
    { type: 'signal', to: ann.playerId, kind: 'offer', data: { sdp: over } },
  ] as const
  for (const goodbye of goodbyes) {
    bob.say(goodbye)
    expect((await ann.next('signal')).kind).toBe(goodbye.kind)
  }
  const hidden = { ...goodbyes[1], data: { sdp: `${over}a=bundle-only\r\n` } }
  expect((await bob.ask(hidden, 'error')).code).toBe('voice_forbidden')
  await decide(bob, true)
  bob.say(fromBob)
  expect((await ann.next('signal')).kind).toBe('voice_key')
})
