import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import type { Relay } from '../app.js'
import { ServerMessage } from '../protocol/messages.js'
import { newPlayer, openStage, type Stage } from '../testing/stage.js'

let stage: Stage
let node: Relay

const environmentId = '018f0000-0000-7000-8000-0000000000aa'

beforeAll(async () => {
  stage = await openStage()
  node = await stage.startNode({ heartbeatMs: 1_000 })
})
afterAll(() => stage.close())

const Answer = z.object({
  first: z.int(),
  frames: z.array(z.string()),
  closed: z.object({ code: z.int(), reason: z.string() }).optional(),
})

const post = (body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${node.url}/poll`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

const codeOf = async (answer: Promise<Response>) => {
  const response = await answer
  const { code } = z.object({ code: z.string() }).parse(await response.json())
  return { status: response.status, code }
}

/** A player who polls. */
async function openPoll(holder = newPlayer(environmentId)) {
  const answer = await post({ ticket: await stage.ticketFor(holder) })
  expect(answer.status).toBe(200)
  const { poll } = z.object({ poll: z.string() }).parse(await answer.json())
  let after = 0
  let said = 0
  const arrived: ServerMessage[] = []
  const ask = async (body: object) => Answer.parse(await (await post({ poll, ...body })).json())
  const listen = async () => {
    const { first, frames, closed } = await ask({ after })
    expect(first).toBe(after + 1)
    after += frames.length
    arrived.push(...frames.map(frame => ServerMessage.parse(JSON.parse(frame))))
    return closed
  }
  return {
    poll,
    holder,
    ask,
    listen,
    say: (...messages: object[]) => {
      const first = said + 1
      said += messages.length
      return post({ poll, first, frames: messages.map(message => JSON.stringify(message)) })
    },
    /** Asks until a message of this type has come. */
    async next<T extends ServerMessage['type']>(type: T) {
      for (;;) {
        const index = arrived.findIndex(message => message.type === type)
        const [found] = index < 0 ? [] : arrived.splice(index, 1)
        if (found !== undefined) return found as Extract<ServerMessage, { type: T }>
        const closed = await listen()
        if (closed !== undefined) throw new Error(`closed ${closed.code} ${closed.reason}`)
      }
    },
    async untilClosed() {
      for (;;) {
        const closed = await listen()
        if (closed !== undefined) return closed
      }
    },
  }
}

test('who polls is in the same rooms as those with sockets, and both hear each other', async () => {
  const ann = await openPoll()
  expect(await ann.next('welcome')).toMatchObject({ player_id: ann.holder.player_id })
  const bob = await stage.join(node, { environmentId, isModern: true })
  await ann.say({ type: 'join_room', id: 1, room_id: 'r' })
  expect(await ann.next('room_joined')).toMatchObject({ reply_to: 1 })
  await bob.ask({ type: 'join_room', room_id: 'r' }, 'room_joined')
  await ann.say(
    { type: 'send_message', channel: 'room', data: 'one' },
    { type: 'send_message', channel: 'room', data: 'two' },
  )
  expect((await bob.next('message')).data).toBe('one')
  expect((await bob.next('message')).data).toBe('two')
  bob.say({ type: 'player_state_update', state: { x: 1 } })
  expect(await ann.next('state_update')).toMatchObject({ state: { x: 1 } })
})

test('an answer that got lost is told again, and what is said again is taken once', async () => {
  const ann = await openPoll()
  await ann.next('welcome')
  const ping = JSON.stringify({ type: 'ping', id: 7 })
  await Promise.all([1, 1, 1].map(first => ann.ask({ first, frames: [ping] }).catch(() => {})))
  const lost = await ann.ask({ after: 1 })
  expect(lost.frames.map(frame => JSON.parse(frame))).toMatchObject([{ type: 'pong', reply_to: 7 }])
  expect(await ann.ask({ after: 1 })).toEqual(lost)
  expect(await codeOf(post({ poll: ann.poll, first: 9, frames: [ping] }))).toMatchObject({
    code: 'invalid_request',
  })
})

test('a node that lies under a path is polled there', async () => {
  const ticket = await stage.ticketFor(newPlayer(environmentId))
  const body = JSON.stringify({ ticket })
  expect((await fetch(`${node.url}/nodes/7/poll`, { method: 'POST', body })).status).toBe(200)
})

test('a newer question ends an older one, and one without news is answered in time', async () => {
  const ann = await openPoll()
  await ann.next('welcome')
  const [older, newer] = await Promise.all([ann.ask({ after: 1 }), ann.ask({ after: 1 })])
  expect([older.frames, newer.frames]).toEqual([[], []])
})

test('H7: much that waits comes in answers of a quarter of a megabyte, whole and in order', async () => {
  const [ann, bob] = [await openPoll(), await stage.join(node, { environmentId, isModern: true })]
  await ann.say({ type: 'join_room', id: 1, room_id: 'much' })
  await ann.next('room_joined')
  await bob.ask({ type: 'join_room', room_id: 'much' }, 'room_joined')
  await ann.next('player_joined')
  for (let n = 0; n < 40; n++) {
    const data = `${n} ${'x'.repeat(15_000)}`
    await bob.ask({ type: 'send_message', channel: 'room', data }, 'ack')
  }
  const heard: unknown[] = []
  for (let after = 0; heard.length < 40; ) {
    const { first, frames } = await ann.ask({ after })
    after = first + frames.length - 1
    expect(frames.join('').length).toBeLessThan(300_000)
    const messages = frames.map(frame => ServerMessage.parse(JSON.parse(frame)))
    for (const message of messages) if (message.type === 'message') heard.push(message.data)
  }
  expect(heard.map(data => Number.parseInt(String(data), 10))).toEqual([...heard.keys()])
})

test('whoever asks no more is gone within two heartbeats', async () => {
  const [ann, bob] = [await openPoll(), await stage.join(node, { environmentId })]
  await bob.ask({ type: 'join_room', room_id: 'left' }, 'room_joined')
  await ann.say({ type: 'join_room', id: 1, room_id: 'left' })
  await bob.next('player_joined')
  expect(await bob.next('player_left')).toMatchObject({ player_id: ann.holder.player_id })
  expect(await codeOf(post({ poll: ann.poll, after: 0 }))).toMatchObject({ code: 'not_found' })
})

test('whoever says goodbye is gone at once', async () => {
  const ann = await openPoll()
  await ann.ask({ close: true }).catch(() => {})
  expect(await codeOf(post({ poll: ann.poll, after: 0 }))).toMatchObject({ status: 404 })
})

test('the close code and its reason are told', async () => {
  const ann = await openPoll()
  await ann.next('welcome')
  await post({ poll: ann.poll, first: 1, frames: ['not JSON'] })
  expect(await ann.untilClosed()).toMatchObject({ code: 1007 })
  const flooder = await openPoll()
  await flooder.next('welcome')
  const ping = JSON.stringify({ type: 'ping', id: 1 })
  for (let sent = 0; sent < 400; sent += 100) {
    await post({ poll: flooder.poll, first: sent + 1, frames: new Array(100).fill(ping) })
  }
  expect(await flooder.untilClosed()).toEqual({ code: 1008, reason: 'too many messages' })
})

test('tickets are single use here too, and strangers, pages and bodies that are none are refused', async () => {
  const ticket = await stage.ticketFor(newPlayer(environmentId))
  const tries = await Promise.all(Array.from({ length: 5 }, () => post({ ticket })))
  expect(tries.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401, 401])
  const evil = { origin: 'https://evil.example' }
  expect(await codeOf(post({ ticket }, evil))).toMatchObject({ code: 'origin_forbidden' })
  expect(await codeOf(post({ ticket: 'short' }))).toMatchObject({ code: 'invalid_request' })
  expect(await codeOf(post('{'))).toMatchObject({ code: 'malformed_json' })
  expect(await codeOf(post('x'.repeat(300_000)))).toMatchObject({ code: 'body_too_large' })
  expect(await codeOf(post({ poll: 'guessed', after: 0 }))).toMatchObject({ code: 'not_found' })
  expect(await codeOf(fetch(`${node.url}/poll`))).toMatchObject({ code: 'method_not_allowed' })
  const page = await post({ ticket: 'short' }, { origin: 'http://localhost:3000' })
  expect(page.headers.get('access-control-allow-origin')).toBe('http://localhost:3000')
})
