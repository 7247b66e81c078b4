import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { NetworkConditions } from './network-pipe.js'
import { createNetworkSimulator } from './network-simulator.js'
import type { DatagramChannel } from './simulated-channel.js'
import type { WebSocketLike } from './web-socket.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

interface Double extends WebSocketLike {
  sent: [data: string | ArrayBuffer, at: number][]
  say(data: unknown): void
  end(code: number): void
}

/** A socket without a network: what it is told to send arrives in `sent`. */
function createDoubles() {
  const sockets: Double[] = []
  class DoubleSocket implements Double {
    binaryType = ''
    bufferedAmount = 0
    readyState = 1
    sent: [data: string | ArrayBuffer, at: number][] = []
    private readonly heard: [type: string, listener: (event: never) => void][] = []

    constructor(_url: string, _protocols: string[]) {
      sockets.push(this)
    }

    send(data: string | ArrayBuffer) {
      this.sent.push([data, performance.now()])
    }

    close(code = 1005) {
      this.end(code)
    }

    addEventListener(type: string, listener: (event: never) => void) {
      this.heard.push([type, listener])
    }

    say(data: unknown) {
      this.tell('message', { data })
    }

    end(code: number) {
      this.readyState = 3
      this.tell('close', { code, reason: 'over' })
    }

    private tell(type: string, event: object) {
      for (const [known, listener] of this.heard) if (known === type) listener(event as never)
    }
  }
  return { sockets, WebSocket: DoubleSocket }
}

function openSocket(conditions: NetworkConditions, seed = 1) {
  const { sockets, WebSocket } = createDoubles()
  const network = createNetworkSimulator(conditions, { seed, WebSocket })
  const socket = new network.WebSocket('ws://relay', ['json'])
  const heard: [data: unknown, at: number][] = []
  socket.addEventListener('message', ({ data }) => heard.push([data, performance.now()]))
  const ends: [code: number, at: number][] = []
  socket.addEventListener('close', ({ code }) => ends.push([code, performance.now()]))
  const [inner] = sockets
  if (inner === undefined) throw new Error('No socket was made.')
  return { network, socket, inner, heard, ends, start: performance.now() }
}

const isRising = (values: readonly number[]) =>
  values.every((value, index) => index === 0 || value >= (values[index - 1] ?? 0))

test('lets everything through at once on a perfect network', () => {
  const { socket, inner, heard, start } = openSocket({})
  socket.send('a')
  inner.say('b')
  expect(inner.sent).toEqual([['a', start]])
  expect(heard).toEqual([['b', start]])
  expect(socket.bufferedAmount).toBe(0)
})

test('delays both ways, and the end too', () => {
  const { socket, inner, heard, ends, start } = openSocket({ delay_ms: 80 })
  socket.send('a')
  inner.say('b')
  vi.advanceTimersByTime(79)
  expect([inner.sent, heard]).toEqual([[], []])
  vi.advanceTimersByTime(1)
  expect([inner.sent, heard]).toEqual([[['a', start + 80]], [['b', start + 80]]])
  inner.end(1012)
  // Whoever has not heard of the end still believes in the connection.
  expect(socket.readyState).toBe(1)
  socket.send('lost')
  vi.advanceTimersByTime(80)
  expect(ends).toEqual([[1012, start + 160]])
  expect(socket.readyState).toBe(3)
  expect(inner.sent).toHaveLength(1)
})

test('keeps the order of a socket and loses nothing; losses are pauses', () => {
  const { socket, inner, start } = openSocket({ delay_ms: 50, jitter_ms: 30, loss: 0.05 })
  for (let count = 0; count < 400; count++) {
    socket.send(String(count))
    vi.advanceTimersByTime(20)
  }
  vi.advanceTimersByTime(60_000)
  expect(inner.sent.map(([data]) => data)).toEqual(Array.from({ length: 400 }, (_, at) => `${at}`))
  const late = inner.sent.map(([data, at]) => at - start - Number(data) * 20)
  expect(Math.min(...late)).toBeGreaterThanOrEqual(50)
  // A lost packet costs the pause before the next try, and what comes behind it waits too.
  expect(Math.max(...late)).toBeGreaterThan(250)
  expect(late.filter(ms => ms <= 81).length).toBeGreaterThan(200)
  expect(isRising(inner.sent.map(([, at]) => at))).toBe(true)
})

test('is the same network again with the same seed', () => {
  const run = (seed: number) => {
    const { socket, inner, start } = openSocket({ jitter_ms: 100, loss: 0.3 }, seed)
    for (let count = 0; count < 50; count++) socket.send(String(count))
    vi.advanceTimersByTime(600_000)
    return inner.sent.map(([, at]) => at - start)
  }
  expect(run(3)).toEqual(run(3))
  expect(run(3)).not.toEqual(run(4))
})

test('holds back what a narrow line cannot take, and says how much waits', () => {
  const { socket, inner, start } = openSocket({ bytes_per_second: 1_000 })
  for (let count = 0; count < 5; count++) socket.send('x'.repeat(100))
  expect(socket.bufferedAmount).toBe(500)
  vi.advanceTimersByTime(250)
  expect(socket.bufferedAmount).toBe(300)
  vi.advanceTimersByTime(250)
  expect(inner.sent.map(([, at]) => at - start)).toEqual([100, 200, 300, 400, 500])
})

test('holds everything while it is offline, and hands it over in order when it is back', () => {
  const { network, socket, inner, heard } = openSocket({ delay_ms: 10 })
  socket.send('on the way')
  network.change({ offline: true })
  socket.send('a')
  inner.say('b')
  vi.advanceTimersByTime(60_000)
  expect([inner.sent, heard]).toEqual([[], []])
  expect(socket.bufferedAmount).toBeGreaterThan(0)
  network.change({ delay_ms: 10 })
  socket.send('c')
  vi.advanceTimersByTime(10)
  expect(inner.sent.map(([data]) => data)).toEqual(['on the way', 'a', 'c'])
  expect(heard.map(([data]) => data)).toEqual(['b'])
  expect(network.conditions()).toEqual({ delay_ms: 10 })
})

test('sends what was handed over, even if the buffer is used again meanwhile', () => {
  const { socket, inner } = openSocket({ delay_ms: 10 })
  const bytes = new Uint8Array([1, 2, 3])
  socket.binaryType = 'arraybuffer'
  socket.send(bytes.buffer)
  bytes.fill(9)
  socket.close(1000)
  expect(socket.readyState).toBe(2)
  vi.advanceTimersByTime(20)
  expect(inner.binaryType).toBe('arraybuffer')
  expect(inner.sent.map(([data]) => data)).toEqual([new Uint8Array([1, 2, 3]).buffer])
  expect(socket.readyState).toBe(3)
})

/** Both ends of a data channel in one: what is sent is heard. */
function createEcho(): DatagramChannel {
  const listeners: ((event: { data: unknown }) => void)[] = []
  return {
    binaryType: 'arraybuffer',
    bufferedAmount: 0,
    readyState: 'open',
    send: data => {
      for (const listener of listeners) listener({ data })
    },
    close() {},
    addEventListener(type: string, listener: (event: { data: unknown }) => void) {
      if (type === 'message') listeners.push(listener)
    },
  }
}

function sendDatagrams(conditions: NetworkConditions, count: number) {
  const network = createNetworkSimulator(conditions, { seed: 5 })
  const channel = network.channel(createEcho())
  const heard: number[] = []
  channel.addEventListener('message', ({ data }) => heard.push(Number(data)))
  for (let sent = 0; sent < count; sent++) {
    channel.send(String(sent))
    vi.advanceTimersByTime(5)
  }
  vi.advanceTimersByTime(5_000)
  return { network, channel, heard }
}

test('loses datagrams for good, twice as often on two ways', () => {
  const { heard } = sendDatagrams({ loss: 0.2, delay_ms: 30 }, 2_000)
  expect(heard.length / 2_000).toBeCloseTo(0.8 * 0.8, 1)
  expect(isRising(heard)).toBe(true)
  expect(new Set(heard).size).toBe(heard.length)
})

test('lets datagrams overtake each other and come twice', () => {
  const { heard } = sendDatagrams({ jitter_ms: 40, duplicate: 0.1 }, 1_000)
  expect(new Set(heard).size).toBe(1_000)
  expect(heard.length).toBeGreaterThan(1_100)
  expect(isRising(heard)).toBe(false)
})

test('loses datagrams while offline and what a narrow line cannot take in a second', () => {
  const narrow = sendDatagrams({ bytes_per_second: 100 }, 2_000)
  expect(narrow.heard.length).toBeLessThan(1_300)
  const { network, channel, heard } = sendDatagrams({}, 1)
  network.change({ offline: true })
  channel.send('1')
  network.change({})
  channel.send('2')
  expect(heard).toEqual([0, 2])
})
