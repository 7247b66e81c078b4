import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Relay } from '../app.js'
import type { TestClient } from '../testing/client.js'
import { openStage, type Stage } from '../testing/stage.js'

let stage: Stage
let node: Relay
let ann: TestClient
let bob: TestClient

const environmentId = '018f0000-0000-7000-8000-000000000002'

beforeAll(async () => {
  stage = await openStage()
  node = await stage.startNode({ heartbeatMs: 400 })
  ;[ann, bob] = [
    await stage.join(node, { environmentId }),
    await stage.join(node, { environmentId }),
  ]
  for (const each of [ann, bob])
    await each.ask({ type: 'join_room', room_id: 'calm' }, 'room_joined')
})
afterAll(() => stage.close())

let lastWord = 0

/** Two who have nothing to do with it go on talking in time. */
async function expectOthersServed() {
  lastWord += 1
  ann.say({ type: 'send_message', channel: 'room', data: lastWord })
  const saidAt = performance.now()
  while ((await bob.next('message')).data !== lastWord);
  expect(performance.now() - saidAt).toBeLessThan(2_000)
}

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

/** A socket behind a good handshake, on which anything may be written. */
async function openRaw(): Promise<{ socket: Socket; received: () => Buffer }> {
  const { holder } = ann
  const socket = connect(Number(new URL(node.url).port), '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk))
  socket.on('error', () => undefined)
  const player = { ...holder, player_id: crypto.randomUUID(), session_id: crypto.randomUUID() }
  socket.write(upgrade(await stage.ticketFor(player)))
  await once(socket, 'data')
  return { socket, received: () => Buffer.concat(chunks) }
}

/** Sends raw bytes and answers with the close code that comes back. */
async function closeCodeAfter(bytes: Buffer): Promise<number | undefined> {
  const { socket, received } = await openRaw()
  // A line that is cut while we still write ends with an error, too.
  const isClosed = new Promise(resolve => socket.once('close', resolve))
  socket.write(bytes)
  await expectOthersServed()
  await isClosed
  const answer = received()
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
  ['JSON on a socket of bytes', masked(0x82, Buffer.from('{"type":"ping"}')), 1002],
  [
    'a message of 64 KiB and a byte',
    Buffer.concat([
      Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0]),
      Buffer.alloc(64 * 1024 + 1, 'x'),
    ]),
    1009,
  ],
])('H4: closes on %s, and serves the others meanwhile', async (_title, bytes, code) => {
  expect(await closeCodeAfter(bytes)).toBe(code)
  await expectOthersServed()
})

test('H4: a flood of empty frames ends with the socket that sent it', async () => {
  const code = await closeCodeAfter(Buffer.concat(Array(20_000).fill(masked(0x81, Buffer.of()))))
  expect([1007, 1008, undefined]).toContain(code)
})

test('H4: a flood of pings ends with the socket that sent it', async () => {
  const ping = masked(0x89, Buffer.alloc(125, 'x'))
  const code = await closeCodeAfter(Buffer.concat(Array(20_000).fill(ping)))
  expect([1008, undefined]).toContain(code)
})

test.each([
  ['half a frame', masked(0x81, Buffer.from('{"type":"ping"}')).subarray(0, 9)],
  ['half a head', Buffer.from([0x81])],
  ['nothing', Buffer.of()],
])('H4, H20: %s and then silence ends with the third heartbeat', async (_title, bytes) => {
  const openedAt = performance.now()
  expect(await closeCodeAfter(bytes)).toBeUndefined()
  // Pings go unanswered: at the second missed one the line is cut.
  expect(performance.now() - openedAt).toBeLessThan(3 * 400 + 1_000)
})

test('H4: survives any bytes behind the handshake', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async bytes => {
      const socket = connect(Number(new URL(node.url).port), '127.0.0.1')
      socket.on('error', () => undefined)
      socket.write(
        upgrade(await stage.ticketFor({ ...ann.holder, player_id: crypto.randomUUID() })),
      )
      socket.end(Buffer.from(bytes))
      socket.resume()
      await once(socket, 'close')
    }),
    { numRuns: 60 },
  )
})
