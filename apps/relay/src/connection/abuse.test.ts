import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { encode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Relay } from '../app.js'
import { clientMessages } from '../protocol/messages.js'
import { openStage, type Stage } from '../testing/stage.js'

let stage: Stage
let node: Relay

beforeAll(async () => {
  stage = await openStage()
  node = await stage.startNode()
})
afterAll(() => stage.close())
// Whatever a socket did to itself, the next honest player is served.
afterEach(async () => {
  const honest = await stage.join(node)
  await honest.ask({ type: 'join_room', room_id: 'honest' }, 'room_joined')
  honest.ws.close()
  expect((await fetch(`${node.url}/livez`)).status).toBe(200)
})

/** Sends one text frame and answers with the error it brought, or the code that closed the socket. */
async function answerTo(frame: string | Uint8Array, protocol = 'aethex.v1.json' as const) {
  const client = await stage.join(node, { protocol })
  client.ws.send(frame)
  const answer = await Promise.race([client.next('error'), client.closed])
  client.ws.terminate()
  return answer.code
}

const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`

test.each([
  ['an empty object', '{}', 'invalid_request'],
  ['null', 'null', 'invalid_request'],
  ['an array', '[]', 'invalid_request'],
  ['a number', '1', 'invalid_request'],
  ['an unknown type', '{"type":"shout"}', 'unknown_message'],
  ['a missing field', '{"type":"join_room"}', 'invalid_request'],
  ['a wrong type', '{"type":"join_room","room_id":{"a":1}}', 'invalid_request'],
  ['an infinite number', '{"type":"ping","id":1e999}', 'unsafe_number'],
  ['an unsafe number', '{"type":"ping","id":9007199254740993}', 'unsafe_number'],
  ['a duplicate key', '{"type":"ping","type":"ping"}', 'duplicate_key'],
  ['__proto__', '{"type":"player_state_update","state":{"__proto__":{}}}', 'forbidden_key'],
  ['half a pair', '{"type":"send_message","channel":"room","data":"\\ud800"}', 'invalid_text'],
  ['NUL', '{"type":"send_message","channel":"room","data":"\\u0000"}', 'invalid_text'],
  ['10,000 levels', `{"type":"ping","id":${deep}}`, 'json_too_deep'],
  ['half an object', '{"type":"ping"', 1007],
  ['nothing', '', 1007],
  ['a byte order mark', '\ufeff{"type":"ping"}', 1007],
])('answers %s with an error or a close', async (_title, frame, expected) => {
  expect(await answerTo(frame)).toBe(expected)
})

test('refuses to be told who speaks, in which order and when', async () => {
  const [ann, bob] = [await stage.join(node), await stage.join(node)]
  await ann.ask({ type: 'join_room', room_id: 'spoof' }, 'room_joined')
  for (const forged of ['from', 'player_id', 'username', 'seq', 'ts']) {
    ann.say({ type: 'send_message', channel: 'room', data: 1, [forged]: bob.playerId, id: 3 })
    expect(await ann.next('error')).toMatchObject({ reply_to: 3, code: 'invalid_request' })
    ann.say({ type: 'player_state_update', state: {}, [forged]: 1, id: 4 })
    expect(await ann.next('error')).toMatchObject({ reply_to: 4, code: 'invalid_request' })
  }
})

test('closes on frames of the wrong kind', async () => {
  expect(await answerTo(encode({ type: 'ping' }))).toBe(1002)
  const client = await stage.join(node, { protocol: 'aethex.v1.msgpack' })
  client.ws.send('{"type":"ping"}')
  expect((await client.closed).code).toBe(1002)
  const garbled = await stage.join(node, { protocol: 'aethex.v1.msgpack' })
  garbled.ws.send(Buffer.from([0xc1]))
  expect((await garbled.closed).code).toBe(1007)
})

test('closes on messages above 64 KiB', async () => {
  const client = await stage.join(node)
  client.ws.send('x'.repeat(64 * 1024 + 1))
  expect((await client.closed).code).toBe(1009)
})

test('answers every message it can read, whatever is in it', { timeout: 60_000 }, async () => {
  const scrap = fc.jsonValue({ maxDepth: 3 })
  const field = fc.constantFrom('room_id', 'state', 'channel', 'data', 'players', 'mode', 'id', 'x')
  const message = fc
    .tuple(
      fc.oneof(fc.constantFrom(...Object.keys(clientMessages)), fc.string()),
      fc.dictionary(field, scrap, { maxKeys: 4 }),
    )
    .map(([type, fields]) => ({ ...fields, type }))
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(message, scrap), { maxLength: 20 }), async messages => {
      const client = await stage.join(node)
      for (const value of messages) client.say(value)
      await client.rest()
      client.ws.terminate()
    }),
    { numRuns: 40 },
  )
})

const upgrade = (ticket: string) =>
  [
    `GET /?ticket=${ticket} HTTP/1.1`,
    'host: relay',
    'connection: upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    `sec-websocket-key: ${randomBytes(16).toString('base64')}`,
    '\r\n',
  ].join('\r\n')

const masked = (first: number, payload: Buffer) =>
  Buffer.concat([Buffer.from([first, 0x80 | payload.length, 0, 0, 0, 0]), payload])

/** Sends raw bytes behind a good handshake and answers with the close code that comes back. */
async function closeCodeAfter(bytes: Buffer): Promise<number | undefined> {
  const player = { environment_id: '018f0000-0000-7000-8000-000000000002' }
  const holder = { ...(await stage.join(node)).holder, ...player }
  const socket = connect(Number(new URL(node.url).port), '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  socket.on('error', () => undefined)
  socket.write(upgrade(await stage.ticketFor(holder)))
  await once(socket, 'data')
  socket.write(bytes)
  await once(socket, 'close')
  const answer = Buffer.concat(chunks)
  const close = answer.lastIndexOf(Buffer.from([0x88]))
  return close < 0 ? undefined : answer.readUInt16BE(close + 2)
}

test.each([
  ['an unmasked frame', Buffer.from([0x81, 0x02, 0x68, 0x69]), 1002],
  ['a reserved opcode', masked(0x83, Buffer.from('x')), 1002],
  ['a compressed frame nobody agreed on', masked(0xc1, Buffer.from('x')), 1002],
  ['a fragmented control frame', masked(0x09, Buffer.from('x')), 1002],
  ['a ping of 126 bytes', Buffer.from([0x89, 0xfe, 0, 126, 0, 0, 0, 0]), 1002],
  ['a length of 2^62', Buffer.from([0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 1009],
  ['invalid UTF-8', masked(0x81, Buffer.from([0xff, 0xfe])), 1007],
  ['the close code 1005', masked(0x88, Buffer.from([0x03, 0xed])), 1002],
  ['a continuation of nothing', masked(0x80, Buffer.from('x')), 1002],
  [
    '70,000 fragments',
    Buffer.concat([masked(0x01, Buffer.from('')), ...Array(70_000).fill(masked(0, Buffer.of()))]),
    1008,
  ],
])('closes on %s', async (_title, bytes, code) => {
  expect(await closeCodeAfter(bytes)).toBe(code)
})

test('survives any bytes behind the handshake', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async bytes => {
      const client = await stage.join(node)
      const socket = connect(Number(new URL(node.url).port), '127.0.0.1')
      socket.on('error', () => undefined)
      socket.write(upgrade(await stage.ticketFor(client.holder)))
      socket.end(Buffer.from(bytes))
      socket.resume()
      await once(socket, 'close')
      client.ws.terminate()
    }),
    { numRuns: 60 },
  )
})

test('warns a flood first and closes it then', async () => {
  const client = await stage.join(node)
  for (let count = 0; count < 400; count++) client.say({ type: 'ping' })
  expect(await client.next('error')).toMatchObject({ code: 'rate_limited' })
  expect((await client.closed).code).toBe(1008)
})

test('cuts a socket that floods it with pings', async () => {
  const client = await stage.join(node)
  for (let count = 0; count < 400; count++) client.ws.ping('x'.repeat(125))
  // ws hangs up by itself on a burst in one piece; a slower flood runs out of its allowance.
  expect([1006, 1008]).toContain((await client.closed).code)
})
