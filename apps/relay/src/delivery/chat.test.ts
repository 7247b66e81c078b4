import { randomUUID } from 'node:crypto'
import { publishNews } from '@aethex/shared/bus'
import {
  type ChatEvent,
  type ChatMessage,
  directChannel,
  grantPass,
  nameOfChannel,
  seatedAmong,
  tellChat,
} from '@aethex/shared/chat'
import { createLog } from '@aethex/shared/log'
import type { TicketHolder } from '@aethex/shared/tickets'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { Relay } from '../app.js'
import type { TestClient } from '../testing/client.js'
import { newPlayer, openStage, type Stage } from '../testing/stage.js'

let stage: Stage
let east: Relay
let west: Relay
const environmentId = randomUUID()

beforeAll(async () => {
  stage = await openStage()
  east = await stage.startNode()
  west = await stage.startNode()
})
afterAll(() => stage.close())
const open: TestClient[] = []
afterEach(() => {
  for (const client of open.splice(0)) client.ws.terminate()
})

const permissions = { chat: true, voice: false }

async function join(node: Relay, holder: Partial<TicketHolder> = {}): Promise<TestClient> {
  const client = await stage.join(node, {
    holder: { ...newPlayer(environmentId), permissions, ...holder },
  })
  open.push(client)
  return client
}
const listen = (client: TestClient, channel: string) =>
  client.ask({ type: 'chat_subscribe', channel }, 'chat_subscribed')
const refusal = async (client: TestClient, channel: string) =>
  (await client.ask({ type: 'chat_subscribe', channel }, 'error')).code

const world = () => `chat.w-${randomUUID().slice(0, 8)}.public`

const author = randomUUID()
const messageIn = (channel: string, number: number): ChatMessage => ({
  channel,
  number,
  change: number,
  from: { player_id: author, username: 'Ada' },
  by: 'player',
  text: `m${number}`,
  data: null,
  reply_to: null,
  mentions: [],
  mentions_all: false,
  created_at: '2026-01-01T00:00:00.000Z',
  edited_at: null,
  deleted: null,
})
const tell = (
  channel: string,
  number: number,
  audience: Pick<ChatEvent, 'only' | 'hidden_from'> = {},
) =>
  tellChat(stage.redis, environmentId, {
    ...audience,
    type: 'message',
    channel,
    message: messageIn(channel, number),
  })
const numbersOf = (messages: Awaited<ReturnType<TestClient['rest']>>) =>
  messages.flatMap(message => (message.type === 'chat_message' ? [message.message.number] : []))

/** All that was said until now has come when this resolves. */
async function settle(client: TestClient): Promise<Awaited<ReturnType<TestClient['rest']>>> {
  const channel = `chat.settled.public`
  await listen(client, channel)
  await tell(channel, 1)
  const before: Awaited<ReturnType<TestClient['rest']>> = []
  await vi.waitFor(async () => {
    before.push(...(await client.rest()))
    expect(before.some(one => one.type === 'chat_message' && one.message.channel === channel)).toBe(
      true,
    )
  }, 10_000)
  await client.ask({ type: 'chat_unsubscribe', channel }, 'chat_unsubscribed')
  return before.filter(one => one.type !== 'chat_message' || one.message.channel !== channel)
}
const topics = async () =>
  (await stage.redis.pubsub('CHANNELS', `topic:${environmentId}:*`)).map(String).sort()

test('what is told on a topic reaches every subscriber on every node, in order and in both codecs', async () => {
  const channel = world()
  const holder = { ...newPlayer(environmentId), permissions }
  const packed = await stage.join(west, { holder, protocol: 'aethex.v1.msgpack' })
  open.push(packed)
  const clients = [await join(east), await join(west), packed]
  for (const client of clients) await listen(client, channel)
  for (let number = 1; number <= 20; number++) await tell(channel, number)
  for (const client of clients) {
    const first = await client.next('chat_message')
    expect(first.message).toEqual(messageIn(channel, 1))
    expect(numbersOf(await settle(client))).toEqual(
      Array.from({ length: 19 }, (_, index) => index + 2),
    )
  }
})

test('a node listens to the topics of its own sockets alone, each once, and ends with the last of them', async () => {
  const channel = world()
  await vi.waitFor(async () => expect(await topics()).toEqual([]), 10_000)
  const [one, two] = [await join(east), await join(east)]
  await listen(one, channel)
  await listen(two, channel)
  expect(await topics()).toEqual([`topic:${environmentId}:${channel}`])
  const listeners = async () =>
    (await stage.redis.pubsub('NUMSUB', `topic:${environmentId}:${channel}`))[1]
  expect(await listeners()).toBe(1)
  await listen(await join(west), channel)
  expect(await listeners()).toBe(2)
  await one.ask({ type: 'chat_unsubscribe', channel }, 'chat_unsubscribed')
  expect(await listeners()).toBe(2)
  for (const client of open.splice(0)) client.ws.close()
  await vi.waitFor(async () => expect(await topics()).toEqual([]), 10_000)
})

test('the same channel of another environment is another channel', async () => {
  const channel = world()
  const here = await join(east)
  const away = await join(east, { environment_id: randomUUID() })
  await listen(here, channel)
  await listen(away, channel)
  await tell(channel, 1)
  expect((await here.next('chat_message')).message.number).toBe(1)
  expect(await away.rest()).toEqual([])
})

test.each([
  'chat.>',
  'chat.*',
  '*',
  '#',
  '>',
  'chat.*.public',
  'chat.midgard.*',
  'chat.midgard.public.>',
  'room:*',
  'chat.room.*',
  'topic:x',
  'chat',
  '',
  'chat..public',
  'chat.room.public.x',
  'chat.midgard.family.*',
  'chat.midgard.PUBLIC',
])('H12: a player cannot subscribe to %j', async name => {
  expect(await refusal(await join(east), name)).toBe('chat_forbidden')
})

test('H12: nobody listens to a room that they are not in, and who leaves hears no more', async () => {
  const roomId = `r-${randomUUID().slice(0, 8)}`
  const channel = `chat.room.${roomId}`
  const client = await join(east)
  expect(await refusal(client, channel)).toBe('chat_forbidden')
  await client.ask({ type: 'join_room', room_id: roomId }, 'room_joined')
  await listen(client, channel)
  const seated = () => seatedAmong(stage.redis, environmentId, roomId, [client.playerId])
  expect(await seated()).toEqual([client.playerId])
  await tell(channel, 1)
  expect((await client.next('chat_message')).message.number).toBe(1)
  await client.ask({ type: 'leave_room' }, 'room_left')
  await tell(channel, 2)
  expect((await client.next('chat_closed')).channel).toBe(channel)
  await vi.waitFor(async () => expect(await seated()).toEqual([]), 10_000)
  expect(numbersOf(await client.rest())).toEqual([])
})

test('a direct channel is for its two, and a party for whom the API has let in', async () => {
  const [one, two, stranger] = [await join(east), await join(west), await join(west)]
  const direct = nameOfChannel(directChannel(one.playerId, two.playerId))
  await listen(one, direct)
  await listen(two, direct)
  expect(await refusal(stranger, direct)).toBe('chat_forbidden')
  const party = `chat.party.${randomUUID()}`
  expect(await refusal(one, party)).toBe('chat_forbidden')
  await grantPass(stage.redis, environmentId, party, one.playerId)
  await listen(one, party)
  expect(await refusal(two, party)).toBe('chat_forbidden')
})

test('who was sent away hears nothing of the very next message, and is told that it is over', async () => {
  const party = `chat.party.${randomUUID()}`
  const [stays, goes] = [await join(east), await join(west)]
  for (const client of [stays, goes]) {
    await grantPass(stage.redis, environmentId, party, client.playerId)
    await listen(client, party)
  }
  await tell(party, 1, { only: [stays.playerId, goes.playerId] })
  expect((await goes.next('chat_message')).message.number).toBe(1)
  await tell(party, 2, { only: [stays.playerId] })
  expect((await goes.next('chat_closed')).channel).toBe(party)
  expect(numbersOf(await goes.rest())).toEqual([])
  expect((await stays.next('chat_message')).message.number).toBe(1)
  expect((await stays.next('chat_message')).message.number).toBe(2)
})

test('from whom a message is hidden hears only that its number is taken', async () => {
  const channel = world()
  const [sees, doesNot] = [await join(east), await join(east)]
  await listen(sees, channel)
  await listen(doesNot, channel)
  await tell(channel, 1, { hidden_from: [doesNot.playerId] })
  expect((await sees.next('chat_message')).message.text).toBe('m1')
  const rest = await settle(doesNot)
  expect(rest).toEqual([{ type: 'chat_skipped', channel, change: 1 }])
})

test('who has no permission to chat hears nothing, from the moment on that it is taken', async () => {
  expect(
    await refusal(await join(east, { permissions: { chat: false, voice: false } }), world()),
  ).toBe('chat_forbidden')
  const client = await join(east)
  const channel = world()
  await listen(client, channel)
  publishNews(stage.redis, createLog('relay', 'silent'), {
    topic: 'permissions.changed',
    payload: {
      environment_id: environmentId,
      player_id: client.playerId,
      permissions: { chat: false, voice: false },
    },
  })
  await client.next('permissions_changed')
  await tell(channel, 1)
  expect((await client.next('chat_closed')).channel).toBe(channel)
  expect(numbersOf(await client.rest())).toEqual([])
})

test('a typist is shown to the others, not to themselves', async () => {
  const channel = world()
  const [types, reads] = [await join(east), await join(west)]
  await listen(types, channel)
  await listen(reads, channel)
  const player_id = types.playerId
  await tellChat(stage.redis, environmentId, { type: 'typing', channel, player_id, username: 'A' })
  expect(await reads.next('chat_typing')).toMatchObject({ player_id, username: 'A' })
  expect(await settle(types)).toEqual([])
})

test('L-EDGE-10: a moderator hears every channel of the environment, and can do nothing else', async () => {
  const moderator = await join(east, { moderates: { kind: 'server', key_id: randomUUID() } })
  await listen(moderator, 'chat.>')
  const [one, two] = [world(), `chat.party.${randomUUID()}`]
  await tell(one, 1)
  await tell(two, 1, { only: [randomUUID()] })
  await tellChat(stage.redis, randomUUID(), { type: 'missed', channel: one })
  expect((await moderator.next('chat_message')).message.channel).toBe(one)
  expect((await moderator.next('chat_message')).message.channel).toBe(two)
  expect(await refusal(moderator, one)).toBe('chat_forbidden')
  const answer = await moderator.ask({ type: 'join_room', room_id: 'arena' }, 'error')
  expect(answer.code).toBe('forbidden')
  expect(await moderator.rest()).toEqual([])
})

test('a socket listens to 64 channels at most', async () => {
  const client = await join(east)
  for (let index = 0; index < 64; index++) await listen(client, `chat.many-${index}.public`)
  expect(await refusal(client, 'chat.many-64.public')).toBe('limit_reached')
})

test('what could not be told is a gap that says behind which change to look', async () => {
  const channel = world()
  const client = await join(east)
  await listen(client, channel)
  await tell(channel, 5)
  await client.next('chat_message')
  await tellChat(stage.redis, environmentId, { type: 'missed', channel })
  expect(await client.next('chat_gap')).toEqual({ type: 'chat_gap', channel, after: 5 })
})

test('N5: after an outage of Redis every subscriber is told of the gap, and hears what comes then', async () => {
  const channel = world()
  const clients = [await join(east), await join(west)]
  for (const client of clients) await listen(client, channel)
  await tell(channel, 1)
  for (const client of clients) await client.next('chat_message')
  await stage.redisServer.kill()
  expect(await tell(channel, 2)).toBe(false)
  await stage.redisServer.start()
  for (const client of clients) {
    expect(await client.next('chat_gap')).toEqual({ type: 'chat_gap', channel, after: 1 })
  }
  await vi.waitFor(async () => expect(await tell(channel, 3)).toBe(true), 10_000)
  for (const client of clients) {
    expect((await client.next('chat_message')).message.number).toBe(3)
  }
})

test('a slow reader is told where to look once it has caught up, and nothing piles up for it', async () => {
  const narrow = await stage.startNode({
    dropStatesAboveBytes: 16 * 1024,
    closeAboveBytes: 4_000_000,
  })
  const channel = world()
  const slow = await join(narrow)
  await listen(slow, channel)
  slow.ws.pause()
  const padding = 'x'.repeat(2_000)
  const count = 4_000
  for (let number = 1; number <= count; number++) {
    const message = { ...messageIn(channel, number), text: padding }
    await tellChat(stage.redis, environmentId, { type: 'message', channel, message })
  }
  slow.ws.resume()
  const gap = await slow.next('chat_gap')
  const heard = numbersOf(await slow.rest())
  expect(gap.after).toBe(heard.at(-1))
  expect(heard).toEqual(Array.from({ length: heard.length }, (_, index) => index + 1))
  expect(heard.length).toBeLessThan(count)
})
