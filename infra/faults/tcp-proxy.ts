import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** What the way between two ends does to bytes at the moment. */
export interface TcpWeather {
  /** How long a piece takes; what comes after it on the same way waits behind it, as TCP has it. */
  delayMs(): number
  /** Nothing moves, ends and new connections included: neither side hears that the other is out of reach. */
  isFrozen(): boolean
}

export interface TcpProxyOptions {
  /** The loopback port that the next connection goes to. */
  target: () => number
  /** @param address where the caller comes from: on loopback any of 127.0.0.0/8 will do */
  weatherOf: (address: string) => TcpWeather
}

export interface TcpProxy {
  port: number
  /** Breaks the connections of these callers, all without a name. Both ends hear of it. */
  cut(address?: string): void
  close(): Promise<void>
}

export const fairWeather: TcpWeather = { delayMs: () => 0, isFrozen: () => false }

const firstRetryMs = 200
const longestDelayMs = 2_000

/**
 * A way that loses so many of the pieces. TCP says a lost one again, later each time (RFC 6298 §5.5), so that what a
 * program sees of loss is waiting.
 */
export function lossyWeather(share: number, random: () => number): TcpWeather {
  return {
    isFrozen: () => false,
    delayMs() {
      let waited = 0
      for (let retry = firstRetryMs; random() < share && waited < longestDelayMs; retry *= 2) {
        waited += retry
      }
      return Math.min(waited, longestDelayMs)
    },
  }
}

const lookAgainMs = 20

/** One direction of one connection. */
function carry(from: Socket, to: Socket, weather: TcpWeather): void {
  const line: { at: number; run: () => void }[] = []
  let timer: NodeJS.Timeout | undefined

  function move(): void {
    timer = undefined
    while (!weather.isFrozen()) {
      const [next] = line
      if (next === undefined) return
      const wait = next.at - performance.now()
      if (wait > 0) {
        timer = setTimeout(move, wait)
        return
      }
      line.shift()
      next.run()
    }
    timer = setTimeout(move, lookAgainMs)
  }

  function queue(run: () => void): void {
    line.push({ at: performance.now() + weather.delayMs(), run })
    if (timer === undefined) move()
  }

  from.on('data', chunk => {
    queue(() => {
      // Who reads slowly at one end shall be felt at the other.
      if (!to.write(chunk)) from.pause()
    })
  })
  to.on('drain', () => from.resume())
  from.on('error', () => undefined)
  from.on('close', () => queue(() => to.destroy()))
}

/** Stands between two programs that speak over TCP, and is as bad a way as `weatherOf` says. */
export async function startTcpProxy(options: TcpProxyOptions): Promise<TcpProxy> {
  const pairs = new Map<Socket, { address: string; far: Socket }>()
  const server = createServer(near => {
    near.setNoDelay(true)
    const address = near.remoteAddress ?? ''
    const far = connect({ port: options.target(), host: '127.0.0.1', noDelay: true })
    pairs.set(near, { address, far })
    near.once('close', () => pairs.delete(near))
    const weather = options.weatherOf(address)
    carry(near, far, weather)
    carry(far, near, weather)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const found = server.address()

  function cut(address?: string): void {
    for (const [near, pair] of pairs) {
      if (address !== undefined && pair.address !== address) continue
      near.resetAndDestroy()
      pair.far.resetAndDestroy()
    }
  }

  return {
    port: typeof found === 'object' && found !== null ? found.port : 0,
    cut,
    async close() {
      const closed = once(server, 'close')
      server.close()
      cut()
      await closed
    },
  }
}
