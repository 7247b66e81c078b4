import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Closable } from '../lifecycle/index.js'
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
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
}

/** Listens, and closes without cutting a request: first it says goodbye on every answer, then it stops accepting. */
export async function listen(
  options: { host: string; port: number; health: Health },
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<HttpServer> {
  const server = createServer(settings, (request, response) => {
    if (options.health.isDraining()) response.setHeader('connection', 'close')
    handle(request, response)
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return
    const status =
      error.code === 'HPE_HEADER_OVERFLOW'
        ? '431 Request Header Fields Too Large'
        : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
          ? '408 Request Timeout'
          : '400 Bad Request'
    const body = JSON.stringify({
      type: 'https://aethex.cloud/problems/malformed_request',
      title: status.slice(4),
      status: Number(status.slice(0, 3)),
      detail: 'The request could not be read.',
      code: status.startsWith('408') ? 'request_timeout' : 'malformed_request',
    })
    socket.end(
      `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/problem+json\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    )
  })
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
