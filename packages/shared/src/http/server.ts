import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { v7 as uuidv7 } from 'uuid'
import { type ErrorCode, Problem } from '../errors/index.js'
import type { Closable } from '../lifecycle/index.js'
import { startBodyDeadline } from './body.js'
import type { Health } from './health.js'

export interface HttpServer extends Closable {
  url: string
  port: number
  server: Server
}

// Long enough for requests already on their way; a shorter wait resets connections at every deploy.
const drainMs = 500

const settings = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 15_000,
  // Bodies have a deadline of their own, which the routes lift that take them as they come.
  requestTimeout: 0,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
  // A missing Host is refused by the pipeline, as a problem; Node's own refusal is empty.
  requireHostHeader: false,
}

const lateBody = 'ERR_HTTP_REQUEST_TIMEOUT'
const unreadable: Record<string, ErrorCode> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  [lateBody]: 'request_timeout',
}

/** The answer that a socket still owes for a request it could read. */
const owed = new WeakMap<Duplex, ServerResponse>()

/** Answers what was never a request on the bare socket, as a problem like any other. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return
  const response = owed.get(socket)
  if (response !== undefined && !response.writableFinished && response.req.complete) {
    // The request before was good and keeps its answer; the noise behind it only ends the connection.
    response.once('finish', () => socket.end())
    return
  }
  const problem = new Problem(unreadable[error.code ?? ''] ?? 'malformed_request')
  const requestId = uuidv7()
  const body = JSON.stringify(problem.toDocument(requestId))
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
      'connection: close',
      'content-type: application/problem+json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${requestId}`,
      '',
      body,
    ].join('\r\n'),
  )
}

/** Listens, and closes without cutting a request: first it says goodbye on every answer, then it stops accepting. */
export async function listen(
  options: { host: string; port: number; health: Health },
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<HttpServer> {
  const server = createServer(settings, (request, response) => {
    owed.set(request.socket, response)
    if (options.health.isDraining()) response.setHeader('connection', 'close')
    startBodyDeadline(request, () => {
      if (response.headersSent) request.destroy()
      else refuseUnreadable(Object.assign(new Error(), { code: lateBody }), request.socket)
    })
    handle(request, response)
  })
  // Headers beyond Node's default of 2000 would be dropped unseen, a second Host among them.
  server.maxHeadersCount = 0
  server.on('clientError', refuseUnreadable)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    server,
    port,
    url: `http://${options.host}:${port}`,
    close: async () => {
      options.health.drain()
      await new Promise(resolve => setTimeout(resolve, drainMs))
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      server.closeIdleConnections()
      await closed
    },
  }
}
