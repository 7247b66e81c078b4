import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { Cloud } from '../cloud.js'
import { unwrap } from '../core/result.js'
import { openStage, type Stage } from '../testing/stage.js'
import { problem, type TestAnswer } from '../testing/test-api.js'
import { createTestCloud, signIn } from '../testing/test-cloud.js'
import { createChatOrder } from './chat-order.js'

const name = 'chat.midgard.public'
const at = '/chat/channels/chat.midgard.public'
let stage: Stage
let cloud: Cloud
let told: string[]

const message = (number: number, more: object = {}) => ({
  channel: name,
  number,
  change: number,
  from: { player_id: 'ben', username: 'Ben' },
  by: 'player',
  text: `m${number}`,
  data: null,
  reply_to: null,
  mentions: [],
  mentions_all: false,
  created_at: '2026-01-01T00:00:00.000Z',
  edited_at: null,
  deleted: null,
  ...more,
})
const channelAt = (last: number, more: object = {}): TestAnswer => ({
  body: {
    channel: {
      channel: name,
      kind: 'world',
      last_number: last,
      last_change: last,
      read_number: 0,
      slow_mode_seconds: 0,
      max_length: 500,
      mute: null,
      ...more,
    },
  },
})
const history = (items: ReturnType<typeof message>[], last = items.at(-1)?.change ?? 0) => ({
  body: { items, last_number: last, last_change: last, more: false },
})

beforeEach(async () => {
  stage = await openStage()
  told = []
  stage.relay.answer('chat_subscribe', ({ channel }) => ({ type: 'chat_subscribed', channel }))
  stage.relay.answer('chat_unsubscribe', ({ channel }) => ({ type: 'chat_unsubscribed', channel }))
  stage.api.answer(`GET ${at}`, channelAt(0))
  stage.api.answer(`GET ${at}/messages`, history([]))
  cloud = createTestCloud(stage.api, { WebSocket })
  await signIn(stage.api, cloud)
})
afterEach(async () => {
  cloud.close()
  await stage.close()
})

async function open() {
  const { channel } = unwrap(await cloud.social.chat.world('midgard'))
  channel.on('message', ({ text, deleted }) => told.push(`said ${text ?? deleted}`))
  channel.on('edited', ({ text }) => told.push(`edited ${text}`))
  channel.on('deleted', ({ number }) => told.push(`deleted ${number}`))
  channel.on('healed', ({ changes }) => told.push(`healed ${changes}`))
  channel.on('missed', ({ after }) => told.push(`missed after ${after}`))
  channel.on('closed', ({ code }) => told.push(`closed ${code}`))
  return channel
}
const socket = () => {
  const last = stage.relay.sockets.at(-1)
  if (last === undefined) throw new Error('nobody has dialled')
  return last
}
const hear = (...numbers: number[]) => {
  for (const number of numbers) socket().say({ type: 'chat_message', message: message(number) })
}

test('who opens a channel that is being opened gets the same answer', async () => {
  stage.relay.answer('chat_subscribe', () => ({
    type: 'error',
    code: 'chat_forbidden',
    detail: '',
  }))
  const { world } = cloud.social.chat
  const answers = await Promise.all([world('midgard'), world('midgard'), world('midgard')])
  const refused = { success: false, error: { code: 'chat_forbidden' } }
  expect(answers).toMatchObject([refused, refused, refused])
})

test('messages are told once and in order, however they come', async () => {
  await open()
  hear(1, 3, 2, 2, 1, 4)
  await expect.poll(() => told).toEqual(['said m1', 'said m2', 'said m3', 'said m4'])
  expect(stage.api.seen(`GET ${at}/messages`)).toHaveLength(1)
})

test('a hole that nothing fills is asked for, and a number that is not for this player is none', async () => {
  await open()
  socket().say({ type: 'chat_skipped', channel: name, change: 1 })
  stage.api.answer(`GET ${at}/messages`, history([message(2), message(3)], 3))
  hear(3)
  await expect.poll(() => told).toEqual(['said m2', 'said m3', 'healed 2'])
  const asked = stage.api.seen(`GET ${at}/messages`).at(-1)
  expect(asked?.query.get('changes_after')).toBe('1')
})

test('after a lost connection it subscribes again and tells what was missed, then goes on', async () => {
  await open()
  hear(1)
  await expect.poll(() => told).toEqual(['said m1'])
  const missed = [
    message(3),
    message(1, { change: 4, text: 'm1!', edited_at: '2026-01-01T00:00:01.000Z' }),
    message(2, { change: 5, text: null, deleted: 'author' }),
  ]
  stage.api.answer(`GET ${at}/messages`, history(missed, 5))
  socket().cut()
  await expect
    .poll(() => told.slice(1))
    .toEqual(['said author', 'said m3', 'edited m1!', 'healed 4'])
  expect(stage.relay.sockets).toHaveLength(2)
  socket().say({ type: 'chat_message', message: message(4, { change: 6 }) })
  socket().say({ type: 'chat_message', message: message(3) })
  await expect.poll(() => told.at(-1)).toBe('said m4')
})

test('a gap of the relay is healed from the history', async () => {
  await open()
  stage.api.answer(`GET ${at}/messages`, history([message(1)]))
  socket().say({ type: 'chat_gap', channel: name, after: null })
  await expect.poll(() => told, { timeout: 3_000 }).toEqual(['said m1', 'healed 1'])
})

test('of a gap that is too wide it says where the history goes on', async () => {
  const channel = await open()
  stage.api.answer(`GET ${at}/messages`, ({ query }) => {
    const from = Number(query.get('changes_after'))
    const items = Array.from({ length: 100 }, (_, index) => message(from + index + 1))
    return { body: { items, last_number: 5_000, last_change: 5_000, more: true } }
  })
  socket().say({ type: 'chat_gap', channel: name, after: null })
  await expect.poll(() => told, { timeout: 3_000 }).toContain('missed after 0')
  socket().say({ type: 'chat_message', message: message(5_001) })
  await expect.poll(() => told.at(-1)).toBe('said m5001')
  channel.close()
})

test('a channel that the player may not read any more is closed, and says why', async () => {
  await open()
  stage.api.answer(`GET ${at}`, problem(403, 'chat_forbidden'))
  socket().say({ type: 'chat_closed', channel: name })
  await expect.poll(() => told).toEqual(['closed chat_forbidden'])
  expect(await cloud.social.chat.world('midgard')).toMatchObject({
    success: false,
    error: { code: 'chat_forbidden' },
  })
})

test('one channel is opened once, and heard no more after it was closed', async () => {
  const channel = await open()
  expect(unwrap(await cloud.social.chat.open(name)).channel).toBe(channel)
  channel.close()
  await expect
    .poll(() => socket().said.map(({ type }) => type))
    .toEqual(['chat_subscribe', 'chat_unsubscribe'])
  hear(1)
  unwrap(await cloud.social.chat.world('midgard'))
  expect(told).toEqual([])
})

test('a message that had to be sent twice carries the same key, and typing goes out every three seconds', async () => {
  const channel = await open()
  stage.api.answer(
    `POST ${at}/messages`,
    { cut: true },
    { status: 201, body: { message: message(1) } },
  )
  stage.api.answer(`POST ${at}/typing`, { status: 204 })
  unwrap(await channel.send('m1', { data: { item: 7 }, replyTo: 3 }))
  const sent = stage.api.seen(`POST ${at}/messages`)
  expect(new Set(sent.map(({ headers }) => headers['idempotency-key'])).size).toBe(1)
  expect([sent.length, sent[1]?.body]).toEqual([2, { text: 'm1', data: { item: 7 }, reply_to: 3 }])
  for (let key = 0; key < 20; key++) channel.typing()
  await expect.poll(() => stage.api.seen(`POST ${at}/typing`)).toHaveLength(1)
})

test('another player who signs in hears nothing of the channels of the one before', async () => {
  const channel = await open()
  await cloud.auth.logout()
  await signIn(stage.api, cloud, 'eve')
  expect(unwrap(await cloud.social.chat.world('midgard')).channel).not.toBe(channel)
})

test('an order forgets what it has taken by other means', () => {
  const taken: number[] = []
  const onHole = vi.fn()
  const order = createChatOrder(onHole)
  const take = (change: number) => order.hear(change, () => taken.push(change))
  take(3)
  take(2)
  order.moveTo(2)
  expect(taken).toEqual([3])
  take(1)
  take(4)
  expect([taken, order.cursor()]).toEqual([[3, 4], 4])
  order.close()
  expect(onHole).not.toHaveBeenCalled()
})
