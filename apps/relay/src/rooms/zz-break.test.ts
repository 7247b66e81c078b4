import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Relay } from '../app.js'
import { openStage, type Stage } from '../testing/stage.js'

let stage: Stage
let node: Relay
const environmentId = '018f0000-0000-7000-8000-000000000001'
const errors: unknown[] = []
process.on('uncaughtException', e => errors.push(e))
beforeAll(async () => {
  stage = await openStage()
  node = await stage.startNode(
    { roomTickMs: 20 },
    {},
    {
      bullets: () => ({
        onTick(room) {
          for (let i = 0; i < 3000; i++) {
            room.things.set(`b`, { x: 1 })
            room.things.remove('b')
          }
          room.things.set('b', { x: 1 })
        },
      }),
    },
  )
})
afterAll(() => stage.close())
const player = (protocol: any = 'aethex.v1.msgpack') =>
  stage.join(node, { environmentId, protocol, isModern: true })

test('toString removed', async () => {
  const [a, b] = [await player(), await player()]
  await a.ask({ type: 'join_room', room_id: 'r1' }, 'room_joined')
  await b.ask({ type: 'join_room', room_id: 'r1' }, 'room_joined')
  a.say({ type: 'player_state_update', state: { x: 1 }, removed: ['toString'] })
  await wait(200)
  console.log('errors after toString', errors)
  console.log(JSON.stringify(b.ticks))
})
test('refs', async () => {
  const [a] = [await player()]
  const { settings } = { settings: 1 }
  await stage.redis.set(
    `rooms:{${environmentId}}:definition:r2`,
    JSON.stringify({
      kind: 'bullets',
      created_at: Date.now(),
      is_listed: false,
      locked: false,
      properties: {},
      banned: [],
      kicked: [],
      invited: [],
      seated: [],
      is_hosted: false,
    }),
  )
  const v = await a.ask({ type: 'join_room', room_id: 'r2' }, 'room_joined')
  await wait(1500)
  console.log('errors after refs', errors.length, errors.at(-1), a.ticks.length)
}, 20000)
test('tombstones', async () => {
  const [a, b] = [await player(), await player()]
  await a.ask({ type: 'join_room', room_id: 'r3' }, 'room_joined')
  await b.ask({ type: 'join_room', room_id: 'r3' }, 'room_joined')
  let prev: string[] = []
  const m0 = process.memoryUsage().heapUsed
  for (let round = 0; round < 60; round++) {
    const keys = Array.from({ length: 250 }, (_, i) => `k${round}_${i}`.padEnd(60, 'x'))
    a.say({
      type: 'player_state_update',
      state: Object.fromEntries(keys.map(k => [k, 1])),
      removed: prev.slice(0, 256),
    })
    prev = keys
    await wait(25)
  }
  await b.rest()
  console.log('heap', (process.memoryUsage().heapUsed - m0) / 1e6)
}, 20000)
