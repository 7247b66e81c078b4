import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { unwrap } from '../core/result.js'
import { once, openStage, roomOf, type Stage } from '../testing/stage.js'
import { issueTickets } from '../testing/test-relay.js'
import { json } from './codec.js'
import { createNetworkSimulator } from './network-simulator.js'

let stage: Stage
beforeEach(async () => {
  stage = await openStage()
})
afterEach(() => stage.close())

test('plays over a slow and lossy network, and comes back after it was gone', async () => {
  const relay = await stage.addRelay(json, 0.1)
  issueTickets(stage.api, () => relay)
  relay.answer('join_room', () => roomOf('ada'))
  const network = createNetworkSimulator({ delay_ms: 20, jitter_ms: 10, loss: 0.02 }, { WebSocket })
  const cloud = await stage.addCloud({ WebSocket: network.WebSocket, timeoutMs: 1_000 })

  const start = performance.now()
  unwrap(await cloud.multiplayer.joinRoom('r1'))
  // The welcome comes, the question goes and the answer comes.
  expect(performance.now() - start).toBeGreaterThan(55)

  const resuming = once<string>(done => cloud.multiplayer.on('state', done))
  network.change({ offline: true })
  expect(await resuming).toBe('resuming')
  const back = once<{ resumed: boolean }>(done => cloud.multiplayer.on('room_joined', done))
  network.change({ delay_ms: 5 })
  expect(await back).toMatchObject({ room_id: 'r1', resumed: true })
  expect(cloud.multiplayer.getConnectionState()).toBe('open')
})
