import { once } from 'node:events'
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as openRequest,
  type ServerResponse,
} from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Answered, type Asked, type HttpFault, nameOf } from './http-fault.js'

export interface HttpProxyOptions {
  /** The loopback port that the next request goes to. */
  target: () => number
  faultOf: (asked: Asked) => HttpFault
  /** Told of every fault but `none`. */
  onFault?: (name: string, asked: Asked) => void
  /** Added to every request that goes through. */
  headers?: Record<string, string>
}

export interface HttpProxy {
  port: number
  url: string
  /** Resolves once nothing is on its way any more, late requests included. */
  settled(): Promise<void>
  close(): Promise<void>
}

/** A target that is silent for longer is taken for dead. */
const longestAnswerMs = 30_000

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk)
  return Buffer.concat(chunks)
}

// What belongs to one hop stays on it; the bodies are held whole, so their length is known.
function ontoTheNextHop(headers: IncomingHttpHeaders, length: number): IncomingHttpHeaders {
  const kept = { ...headers }
  for (const name of ['connection', 'keep-alive', 'transfer-encoding', 'expect']) delete kept[name]
  // An answer to HEAD, a 204 or a 304 has no body, and may tell the length of one all the same.
  return length === 0 && kept['content-length'] === undefined
    ? kept
    : { ...kept, 'content-length': String(length || kept['content-length']) }
}

/** Stands between two programs that speak HTTP and does to each request what `faultOf` says. Holds bodies in memory. */
export async function startHttpProxy(options: HttpProxyOptions): Promise<HttpProxy> {
  const agent = new Agent({ keepAlive: true })
  const underWay = new Set<Promise<unknown>>()

  function open(asked: Asked) {
    return openRequest({
      agent,
      host: '127.0.0.1',
      port: options.target(),
      method: asked.method,
      path: asked.path,
      headers: { ...ontoTheNextHop(asked.headers, asked.body.length), ...options.headers },
      timeout: longestAnswerMs,
    })
  }

  function forward(asked: Asked): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const request = open(asked)
      request.once('error', reject)
      request.once('timeout', () => request.destroy(new Error('the target is silent')))
      request.once('response', response => {
        readAll(response).then(
          body => resolve({ status: response.statusCode ?? 502, headers: response.headers, body }),
          reject,
        )
      })
      request.end(asked.body)
    })
  }

  /** Sends the beginning of a body and breaks off; what the target makes of it is its own affair. */
  function forwardSome(asked: Asked, share: number): Promise<void> {
    return new Promise(resolve => {
      const request = open(asked)
      request.once('error', () => resolve())
      const some = asked.body.subarray(0, Math.ceil(asked.body.length * share))
      // One without a body breaks off in its head.
      if (some.length === 0) request.flushHeaders()
      const leave = () => {
        request.destroy()
        resolve()
      }
      request.once('socket', socket => {
        const send = () => (some.length === 0 ? setImmediate(leave) : request.write(some, leave))
        if (socket.connecting) socket.once('connect', send)
        else send()
      })
    })
  }

  function give(response: ServerResponse, answered: Answered, share = 1): void {
    const { status, headers, body } = answered
    response.writeHead(status, ontoTheNextHop(headers, body.length))
    if (share === 1) return void response.end(body)
    const some = body.subarray(0, Math.ceil(body.length * share))
    if (some.length === 0) response.destroy()
    else response.write(some, () => response.destroy())
  }

  async function treat(asked: Asked, fault: HttpFault, response: ServerResponse): Promise<void> {
    switch (fault.kind) {
      case 'none':
        return give(response, await forward(asked))
      case 'slow':
        await sleep(fault.ms)
        return give(response, await forward(asked))
      case 'refused':
        return give(response, { status: fault.status, headers: {}, body: Buffer.alloc(0) })
      case 'cut':
        return void response.destroy()
      case 'request cut':
        response.destroy()
        return forwardSome(asked, fault.share)
      case 'answer cut':
        return give(response, await forward(asked), fault.share)
      case 'answer lost':
        await forward(asked)
        return void response.destroy()
      case 'late':
        response.destroy()
        await sleep(fault.ms)
        return void (await forward(asked))
      case 'twice':
        await forward(asked)
        return give(response, await forward(asked))
      case 'lie':
        return give(response, fault.answer(await forward(asked), asked))
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined)
    const { method = 'GET', url: path = '/', headers } = request
    const asked = { method, path, headers, body: await readAll(request) }
    const fault = options.faultOf(asked)
    if (fault.kind !== 'none') options.onFault?.(nameOf(fault), asked)
    await treat(asked, fault, response)
  }

  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    // A target that is down or breaks off looks to the caller as it would without a proxy.
    const work = handle(request, response).catch(() => void response.destroy())
    underWay.add(work)
    void work.finally(() => underWay.delete(work))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0

  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay)
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      agent.destroy()
      await closed
    },
  }
}
