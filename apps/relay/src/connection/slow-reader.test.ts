import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Relay } from '../app.js'
import type { TestClient } from '../testing/client.js'
import { openStage, type Stage } from '../testing/stage.js'

let stage: Stage
let node: Relay

beforeAll(async () => {
  stage = await openStage()
  node = await stage.startNode({
    messagesPerSecond: 100_000,
    messageBurst: 100_000,
    roomBytesPerSecond: 1e9,
    roomTickMs: 0,
  })
})
afterAll(() => stage.close())

const environmentId = '018f0000-0000-7000-8000-000000000001'
const padding = 'x'.repeat(60_000)

async function roomOf(room_id: string): Promise<[TestClient, TestClient, TestClient]> {
  const members = []
  for (let count = 0; count < 3; count++) {
    const member = await stage.join(node, { environmentId })
    await member.ask({ type: 'join_room', room_id }, 'room_joined')
    members.push(member)
  }
  const [sender, reader, sleeper] = members
  if (!sender || !reader || !sleeper) throw new Error('three were asked for')
  return [sender, reader, sleeper]
}

/** The newest that a member has seen of the other one who shows something. */
const xOf = ({ ticks }: TestClient) => {
  const [, , change] = ticks.at(-1) ?? []
  return typeof change === 'object' && change !== null && 'x' in change ? change.x : undefined
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${node.url}/metrics`)).text()
  return Number(new RegExp(`^${name}{.*} (\\S+)$`, 'm').exec(text)?.[1])
}

test('H7: drops states for a reader that sleeps, keeps its memory bounded, and serves the others', async () => {
  const [sender, reader, sleeper] = await roomOf('states')
  sleeper.ws.pause()
  const before = process.memoryUsage().rss
  // 60 MB for each member, of which the sleeper may have what the kernel buffers and a quarter of a megabyte.
  for (let x = 1; x <= 1_000; x++) {
    sender.say({ type: 'player_state_update', state: { x, padding } })
    expect((await reader.next('state_update')).state).toMatchObject({ x })
  }
  expect(await metric('relay_states_dropped_total')).toBeGreaterThan(500)
  expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000)
  sleeper.ws.resume()
  const states = (await sleeper.rest()).filter(({ type }) => type === 'state_update')
  expect(states.length).toBeLessThan(500)
})

test('H7: cuts a reader that does not take messages that may not be dropped', async () => {
  const [sender, reader, sleeper] = await roomOf('messages')
  sleeper.ws.pause()
  const wakeUp = sleeper.closed
  for (let count = 0; count < 1_000; count++) {
    sender.say({ type: 'send_message', channel: 'room', data: padding })
    await reader.next('message')
    await sender.next('message')
  }
  sleeper.ws.resume()
  // It reads the farewell if that still fitted the line, or finds the line cut.
  expect([1006, 1008]).toContain((await wakeUp).code)
  expect(await reader.next('player_left')).toMatchObject({ player_id: sleeper.playerId })
})

test('N18: a member who reads nothing costs the others no time and the node no memory, and then sees the newest', async () => {
  const environment = { environmentId, isModern: true }
  const [sender, reader, sleeper] = await Promise.all(
    Array.from({ length: 3 }, () => stage.join(node, environment)),
  )
  if (!sender || !reader || !sleeper) throw new Error('three were asked for')
  for (const member of [sender, reader, sleeper]) {
    await member.ask({ type: 'join_room', room_id: 'modern' }, 'room_joined')
  }
  let x = 0
  /** How long each of so many states took to reach the reader, in milliseconds; the median. */
  const play = async (states: number) => {
    const waits: number[] = []
    for (let turn = 0; turn < states; turn++) {
      x += 1
      const sentAt = performance.now()
      sender.say({ type: 'player_state_update', state: { x, padding: `${x}${padding}` } })
      while (xOf(reader) !== x) await new Promise(resolve => setImmediate(resolve))
      waits.push(performance.now() - sentAt)
    }
    return waits.sort((a, b) => a - b)[states >> 1] ?? 0
  }
  const alone = await play(150)
  sleeper.ws.pause()
  const before = process.memoryUsage().rss
  const beside = await play(600)
  expect(beside).toBeLessThan(3 * alone + 20)
  expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000)
  const seenBefore = sleeper.ticks.length
  sleeper.ws.resume()
  await expect.poll(() => xOf(sleeper), { timeout: 10_000 }).toBe(x)
  expect(sleeper.ticks.length - seenBefore).toBeLessThan(400)
})
