import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { readPlainFrames } from './plain-frames.js'

/** What a server makes of what a client sends. */
interface Heard {
  said: string[]
  closed: number | undefined
}

let server: Server
const heard = new Map<string, Heard>()

beforeAll(async () => {
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: 64 * 1_024,
  })
  server = createServer().listen(0, '127.0.0.1')
  server.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, ws => {
      const { url = '' } = request
      const about: Heard = { said: [], closed: undefined }
      heard.set(url, about)
      const hear = (payload: Buffer, isBinary: boolean) =>
        about.said.push(`${isBinary} ${payload.toString('hex')}`)
      if (url.startsWith('/plain') && socket instanceof Socket) readPlainFrames(socket, hear)
      ws.on('message', (data, isBinary) => {
        if (Buffer.isBuffer(data)) hear(data, isBinary)
      })
      ws.on('ping', data => about.said.push(`ping ${data.toString('hex')}`))
      ws.on('error', () => {})
      ws.on('close', code => {
        about.closed = code
      })
    })
  })
  await once(server, 'listening')
})
afterAll(() => server.close())

function frame(first: number, payload: Buffer): Buffer {
  const mask = randomBytes(4)
  const { length } = payload
  const size =
    length < 126
      ? Buffer.from([0x80 | length])
      : length < 65_536
        ? Buffer.from([0xfe, length >> 8, length & 0xff])
        : Buffer.from([0xff, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 0xff, length & 0xff])
  const hidden = payload.map((byte, at) => byte ^ (mask[at & 3] ?? 0))
  return Buffer.concat([Buffer.from([first]), size, mask, hidden])
}

const handshake = (path: string) =>
  [
    `GET ${path} HTTP/1.1`,
    'host: relay',
    'connection: upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    `sec-websocket-key: ${randomBytes(16).toString('base64')}`,
    '\r\n',
  ].join('\r\n')

let lastPath = 0

/** Sends the pieces one read after the other, hangs up, and answers what the server has made of them. */
async function send(way: 'plain' | 'ws', pieces: readonly Buffer[]): Promise<Heard | undefined> {
  const path = `/${way}/${lastPath++}`
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const socket = connect({ port: address.port, host: '127.0.0.1', noDelay: true })
  socket.on('error', () => {})
  const gone = new Promise(resolve => socket.once('close', resolve))
  socket.write(handshake(path))
  await once(socket, 'data')
  for (const piece of pieces) {
    socket.write(piece)
    await turn()
    await turn()
  }
  socket.end()
  socket.resume()
  await gone
  const about = heard.get(path)
  while (about?.closed === undefined) await turn()
  return about
}

const anyBytes = fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes))
const anyText = fc.string({ unit: 'grapheme', maxLength: 80 }).map(text => Buffer.from(text))
const usual = fc.oneof(
  { weight: 4, arbitrary: anyText.map(text => frame(0x81, text)) },
  { weight: 4, arbitrary: anyBytes.map(bytes => frame(0x82, bytes)) },
  fc.constantFrom(0x89, 0x8a).map(first => frame(first, Buffer.from('beat'))),
  fc.constant(frame(0x82, randomBytes(20_000))),
)
const odd = fc.oneof(
  anyText.map(text => Buffer.concat([frame(0x01, text), frame(0x89, text.subarray(0, 9))])),
  anyText.map(text => Buffer.concat([frame(0x02, text), frame(0x80, text)])),
  anyBytes.map(bytes => frame(0x81, bytes)),
  fc.integer({ min: 0, max: 255 }).map(first => frame(first, Buffer.from('odd'))),
  fc.constantFrom(65_535, 65_536, 65_537).map(length => frame(0x82, Buffer.alloc(length, 7))),
  fc.constant(Buffer.from([0x82, 0x02, 1, 2])),
  fc.constant(frame(0x88, Buffer.from([3, 0xe8]))),
  fc.constant(frame(0x89, Buffer.alloc(126))),
)
/** Frames as one stream, and where it is cut. */
const streams = fc
  .tuple(
    fc.array(fc.oneof({ weight: 6, arbitrary: usual }, odd), { minLength: 1, maxLength: 8 }),
    fc.array(fc.nat(), { maxLength: 6 }),
  )
  .map(([frames, cuts]) => {
    const bytes = Buffer.concat(frames)
    const places = [0, ...cuts.map(cut => cut % bytes.length).sort((a, b) => a - b), bytes.length]
    return places.slice(1).map((to, index) => bytes.subarray(places[index], to))
  })

test('whatever a client sends, however it is cut, is heard as ws alone hears it', async () => {
  await fc.assert(
    fc.asyncProperty(streams, async pieces => {
      const [ours, theirs] = await Promise.all([send('plain', pieces), send('ws', pieces)])
      expect(ours).toEqual(theirs)
    }),
    { numRuns: 300 },
  )
})

test('frames that are cut at every place are heard whole and in order', async () => {
  const words = [Buffer.from('a \u{1f600}'), Buffer.alloc(200, 1), Buffer.alloc(0)]
  const bytes = Buffer.concat(words.map((word, index) => frame(index === 0 ? 0x81 : 0x82, word)))
  const said = words.map((word, index) => `${index > 0} ${word.toString('hex')}`)
  const all = Array.from({ length: bytes.length - 1 }, (_, index) => index + 1)
  const answers = await Promise.all(
    all.map(cut => send('plain', [bytes.subarray(0, cut), bytes.subarray(cut)])),
  )
  expect(answers.map(answer => answer?.said)).toEqual(all.map(() => said))
  const single = await send(
    'plain',
    Array.from(bytes, byte => Buffer.from([byte])),
  )
  expect(single?.said).toEqual(said)
})
