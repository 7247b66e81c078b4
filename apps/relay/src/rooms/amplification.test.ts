import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Relay } from '../app.js'
import { openStage, type Stage } from '../testing/stage.js'

let stage: Stage
let node: Relay

const environmentId = '018f0000-0000-7000-8000-000000000009'
const capBytes = 200_000
const listeners = 10
const seconds = 2

beforeAll(async () => {
  stage = await openStage()
  node = await stage.startNode({
    messagesPerSecond: 100_000,
    messageBurst: 100_000,
    roomMessagesPerSecond: 100_000,
    roomBytesPerSecond: capBytes,
  })
})
afterAll(() => stage.close())

const padding = 'x'.repeat(4_000)

// 60 a second of 4 KB each to ten members would be 2.4 MB a second.
test.each([
  ['states', true, (turn: number) => ({ type: 'player_state_update', state: { turn, padding } })],
  [
    'states to plain clients',
    false,
    (turn: number) => ({ type: 'player_state_update', state: { turn, padding } }),
  ],
  [
    'messages',
    true,
    (turn: number) => ({ type: 'send_message', channel: 'room', data: { turn, padding } }),
  ],
  [
    'messages to plain clients',
    false,
    (turn: number) => ({ type: 'send_message', channel: 'room', data: { turn, padding } }),
  ],
])(
  'H15: one sender of %s cannot make a room send more than it may',
  async (title, isModern, message) => {
    const room = title.replaceAll(' ', '-')
    const members = []
    let received = 0
    for (let count = 0; count <= listeners; count++) {
      const member = await stage.join(node, { environmentId, isModern })
      await member.ask({ type: 'join_room', room_id: room }, 'room_joined')
      member.ws.on('message', data => {
        received += Buffer.isBuffer(data) ? data.length : 0
      })
      members.push(member)
    }
    const [sender] = members
    const endsAt = performance.now() + seconds * 1_000
    for (let turn = 0; performance.now() < endsAt; turn++) {
      sender?.say(message(turn))
      await new Promise(resolve => setTimeout(resolve, 16))
    }
    // A second's worth at once, and the one frame to all that overdraws it.
    const overdraft = (listeners + 1) * 5_000 * 3
    expect(received).toBeGreaterThan(padding.length)
    expect(received).toBeLessThan(capBytes * (seconds + 1) + overdraft)
    expect(sender?.ws.readyState).toBe(1)
  },
)
