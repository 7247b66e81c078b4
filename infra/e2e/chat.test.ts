import { setTimeout as wait } from 'node:timers/promises'
import { type ChatChannel, type ChatMessage, type Cloud, createCloud, unwrap } from '@aethex/sdk'
import type { Running } from '@aethex/shared/lifecycle'
import { createLog } from '@aethex/shared/log'
import { call, startTestRedis, type TestRedis } from '@aethex/shared/testing'
import { afterAll, afterEach, beforeAll, expect, inject, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { startAnotherApi } from '../../apps/api/src/testing/another-api.js'
import { type ChatStage, openChatStage } from '../../apps/api/src/testing/chat-stage.js'
import { type Relay, startRelay } from '../../apps/relay/src/app.js'
import { schemas } from '../../apps/relay/src/config.js'
import { defaultTuning } from '../../apps/relay/src/tuning.js'

/** Chat the whole way: SDK, API, PostgreSQL, a Redis of its own that may fail, two relay nodes, SDK. */

const stack = inject('stack')
let stage: ChatStage
let redis: TestRedis
let api: Running
let nodes: Relay[]
const clouds: Cloud[] = []

const startNode = () =>
  startRelay(
    schemas.config.parse({ PORT: '0', NODE_ENV: 'test' }),
    schemas.secrets.parse({ REDIS_URL: redis.url }),
    createLog('relay', 'silent'),
    { tuning: { ...defaultTuning, announceMs: 200 } },
  )

beforeAll(async () => {
  stage = await openChatStage(stack)
  await stage.set('chat.rules', { messages_per_ten_seconds: 100, repeats_per_minute: 100 })
  redis = await startTestRedis()
  api = await startAnotherApi(stack, { REDIS_URL: redis.url })
  nodes = [await startNode(), await startNode()]
})
afterEach(() => {
  for (const cloud of clouds.splice(0)) cloud.close()
})
afterAll(async () => {
  await Promise.all(nodes.map(node => node.close()))
  await api.close()
  await redis.close()
})

const soon = { firstMs: 50, maxMs: 500 }
const inTime = { timeout: 20_000, interval: 50 }

interface Person {
  cloud: Cloud
  id: string
  name: string
}

async function newPerson(): Promise<Person> {
  const cloud = createCloud({
    apiKey: stage.environment.publishableKey,
    url: api.url,
    WebSocket,
    backoff: soon,
    reconnect: soon,
  })
  clouds.push(cloud)
  const { user } = unwrap(await cloud.auth.loginAnonymous())
  return { cloud, id: user.id, name: user.username }
}

/** Everything that a channel told, in order. */
function record(channel: ChatChannel) {
  const told: string[] = []
  const messages: ChatMessage[] = []
  channel.on('message', message => {
    messages.push(message)
    told.push(`said ${message.text}`)
  })
  channel.on('edited', ({ text }) => told.push(`edited ${text}`))
  channel.on('deleted', ({ number }) => told.push(`deleted ${number}`))
  channel.on('typing', ({ username }) => told.push(`typing ${username}`))
  channel.on('read', ({ number }) => told.push(`read ${number}`))
  channel.on('closed', ({ code }) => told.push(`closed ${code}`))
  return { told, messages }
}

const world = () => `w-${crypto.randomUUID().slice(0, 8)}`

test('M-SOC-01: two friends talk: said, edited, deleted, read and typed is heard at the other end', async () => {
  const [ada, ben] = [await newPerson(), await newPerson()]
  const toBen = unwrap(await ada.cloud.social.chat.direct(ben.id)).channel
  const toAda = unwrap(await ben.cloud.social.chat.direct(ada.id)).channel
  const { told } = record(toAda)
  toBen.typing()
  await expect.poll(() => told, inTime).toEqual([`typing ${ada.name}`])
  const { message } = unwrap(await toBen.send('helo', { data: { item: 1 } }))
  unwrap(await toBen.edit(message.number, 'hello'))
  unwrap(await toBen.remove(message.number))
  await expect.poll(() => told.slice(1), inTime).toEqual(['said helo', 'edited hello', 'deleted 1'])
  const back = record(toBen).told
  unwrap(await toAda.markRead())
  await expect.poll(() => back, inTime).toEqual(['read 1'])
})

test('G11: a block holds for the very next message, in both directions', async () => {
  const [ada, ben, eve] = [await newPerson(), await newPerson(), await newPerson()]
  const name = world()
  const open = async ({ cloud }: Person) => unwrap(await cloud.social.chat.world(name)).channel
  const [one, two, three] = [await open(ada), await open(ben), await open(eve)]
  const heard = [one, two, three].map(channel => record(channel).told)
  unwrap(await ada.cloud.social.friends.block(eve.id))
  unwrap(await three.send('from eve'))
  unwrap(await one.send('from ada'))
  unwrap(await two.send('from ben'))
  await expect
    .poll(() => heard, inTime)
    .toEqual([
      ['said from ada', 'said from ben'],
      ['said from eve', 'said from ada', 'said from ben'],
      ['said from eve', 'said from ben'],
    ])
})

test('who leaves a party hears nothing of the very next message', async () => {
  const [ada, ben] = [await newPerson(), await newPerson()]
  const { party } = unwrap(await ada.cloud.social.parties.create({ isOpen: true }))
  unwrap(await ben.cloud.social.parties.join(party.party_id))
  const one = unwrap(await ada.cloud.social.chat.party()).channel
  const two = unwrap(await ben.cloud.social.chat.party()).channel
  const { told } = record(two)
  unwrap(await one.send('together'))
  await expect.poll(() => told, inTime).toEqual(['said together'])
  unwrap(await ben.cloud.social.parties.leave())
  unwrap(await one.send('alone'))
  await expect.poll(() => told, inTime).toEqual(['said together', 'closed chat_forbidden'])
})

test('in a room those talk who are in it', async () => {
  const [ada, ben] = [await newPerson(), await newPerson()]
  const roomId = `r-${crypto.randomUUID().slice(0, 8)}`
  expect(await ada.cloud.social.chat.room()).toMatchObject({
    success: false,
    error: { code: 'not_in_room' },
  })
  unwrap(await ada.cloud.multiplayer.joinRoom(roomId))
  unwrap(await ben.cloud.multiplayer.joinRoom(roomId))
  const one = unwrap(await ada.cloud.social.chat.room()).channel
  const two = unwrap(await ben.cloud.social.chat.room()).channel
  const { told } = record(two)
  unwrap(await one.send('in here'))
  await expect.poll(() => told, inTime).toEqual(['said in here'])
  unwrap(await ben.cloud.multiplayer.leaveRoom())
  await vi.waitFor(
    async () => expect(await two.send('gone')).toMatchObject({ success: false }),
    inTime,
  )
})

/** A socket that listens to every channel, with what it heard: texts, and the types of all else. */
async function moderate(headers: Record<string, string>) {
  const path = `${api.url}/api/v1/studio/environments/${stage.environment.environmentId}/chat/tickets`
  const { url, ticket } = Object((await call('POST', path, { headers })).body)
  const socket = new WebSocket(`${url}?ticket=${ticket}`, 'aethex.v1.json')
  const heard: string[] = []
  socket.on('message', data => {
    const { type, message } = JSON.parse(String(data))
    heard.push(type === 'chat_message' ? message.text : type)
  })
  const closed = new Promise<number>(resolve => socket.once('close', resolve))
  await new Promise(resolve => socket.once('open', resolve))
  socket.send(JSON.stringify({ type: 'chat_subscribe', id: 1, channel: 'chat.>' }))
  await expect.poll(() => heard, inTime).toContain('chat_subscribed')
  return { socket, heard, closed }
}

const newKey = async () => {
  const wanted = { kind: 'secret', name: 'Chat log', scopes: ['chat:moderate'] }
  const { key, api_key } = Object((await stage.studio('POST', '/keys', wanted)).body)
  return { id: String(key.id), headers: { 'x-api-key': String(api_key) } }
}

test('L-EDGE-10: a moderator with a ticket hears every channel of the environment', async () => {
  const ada = await newPerson()
  const { socket, heard } = await moderate({ 'x-api-key': stage.environment.secretKey })
  const channel = unwrap(await ada.cloud.social.chat.world(world())).channel
  unwrap(await channel.send('for all to hear'))
  await expect.poll(() => heard, inTime).toContain('for all to hear')
  socket.terminate()
})

test('D4, D6: with a key, its expiry or a session the sockets end that it opened to moderate, and no others', async () => {
  const [revoked, expires, stays] = await Promise.all([newKey(), newKey(), newKey()])
  const login = await call('POST', `${api.url}/api/v1/studio/login`, { json: stack.studio })
  const { session } = Object(login.body)
  const authorization = { authorization: `Bearer ${session.access_token}` }
  const [one, two, three, other] = await Promise.all(
    [revoked.headers, expires.headers, authorization, stays.headers].map(moderate),
  )
  expect((await stage.studio('DELETE', `/keys/${revoked.id}`)).status).toBe(204)
  const soonOver = new Date(Date.now() + 500).toISOString()
  await stage.studio('PATCH', `/keys/${expires.id}`, { expires_at: soonOver })
  await call('POST', `${api.url}/api/v1/studio/logout`, { headers: authorization })
  const ends = [one, two, three].map(ended => ended?.closed)
  expect(await Promise.all(ends)).toEqual([1008, 1008, 1008])
  expect(other?.socket.readyState).toBe(WebSocket.OPEN)
  other?.socket.terminate()
})

test('C-SET, C-SEQ, N5: what is acknowledged is stored once and heard once, in order, through an outage of Redis and the loss of a node', async () => {
  const people = await Promise.all([newPerson(), newPerson(), newPerson(), newPerson()])
  const name = world()
  const channels = await Promise.all(
    people.map(async ({ cloud }) => unwrap(await cloud.social.chat.world(name)).channel),
  )
  const heard = channels.map(channel => record(channel).messages)
  const sent = new Set<string>()
  const acked = new Set<string>()
  let isOver = false
  const talk = async (channel: ChatChannel, who: number) => {
    for (let count = 0; !isOver; count++) {
      const text = `${who}-${count}`
      sent.add(text)
      if ((await channel.send(text)).success) acked.add(text)
      await wait(120)
    }
  }
  const talking = Promise.all(channels.map(talk))
  const untilMoreIsSaid = async () => {
    const before = acked.size
    await expect.poll(() => acked.size, inTime).toBeGreaterThan(before + 2 * people.length)
  }
  await untilMoreIsSaid()
  await redis.kill()
  await wait(1_000)
  await redis.start()
  await untilMoreIsSaid()
  // One of the nodes goes, and those who were there come back at the other.
  await nodes.shift()?.close()
  await untilMoreIsSaid()
  nodes.push(await startNode())
  isOver = true
  await talking
  const [first] = channels
  if (first === undefined) throw new Error('nobody talks')
  const last = unwrap(await first.send('the end'))
  for (const messages of heard) {
    await expect.poll(() => messages.at(-1)?.number, inTime).toBe(last.message.number)
  }
  const stored: string[] = []
  for (let after = 0; ; ) {
    const path = `/chat/channels/chat.${name}.public/messages?limit=100&after=${after}`
    const { items, more } = Object((await stage.server('GET', path)).body)
    stored.push(...items.map((item: ChatMessage) => item.text))
    after = items.at(-1)?.number ?? after
    if (!more) break
  }
  expect(new Set(stored).size).toBe(stored.length)
  expect([...acked].filter(text => !stored.includes(text))).toEqual([])
  expect(stored.filter(text => !sent.has(text) && text !== 'the end')).toEqual([])
  for (const messages of heard) expect(messages.map(({ text }) => text)).toEqual(stored)
}, 60_000)
