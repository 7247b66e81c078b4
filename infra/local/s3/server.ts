import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { sendEmpty, sendXml } from './call.js'
import { S3Error } from './errors.js'
import { refuseUnsupportedHeaders } from './object-headers.js'
import { findOperation } from './operations.js'
import { readTarget } from './request-target.js'
import { type Credentials, verifySignature } from './signature.js'
import { createBucket, openStore, type Store } from './store.js'
import { element, textElement } from './xml.js'

export interface S3ServerOptions {
  /** Data folder; one server at a time may use it. */
  dir: string
  /** 0 takes any free port. */
  port: number
  /** A loopback address. */
  host: string
  credentials: Credentials
  /** Created at start when missing. */
  bucket?: string | undefined
}

export interface S3Server {
  url: string
  port: number
  close(): Promise<void>
}

const closeGraceMilliseconds = 3000

/** Starts the S3-protocol server of the local stack; fails for an address others could reach. */
export async function startS3Server(options: S3ServerOptions): Promise<S3Server> {
  const { host, credentials, bucket } = options
  if (!/^(127\.\d+\.\d+\.\d+|::1|localhost)$/.test(host)) {
    throw new Error(`the local S3 server listens on loopback only, not on ${host}`)
  }
  const store = await openStore(options.dir)
  if (bucket !== undefined && !store.buckets.has(bucket)) await createBucket(store, bucket)
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    answer(store, credentials, request, response).catch((error: unknown) => {
      sendError(error, request, response)
    })
  })
  server.on('clientError', refuseBrokenHttp)
  server.listen(options.port, host)
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : options.port
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    async close() {
      const closed = once(server, 'close')
      server.close()
      const timer = setTimeout(() => server.closeAllConnections(), closeGraceMilliseconds)
      await closed
      clearTimeout(timer)
    },
  }
}

async function answer(
  store: Store,
  credentials: Credentials,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('x-amz-request-id', randomUUID())
  response.setHeader('access-control-allow-origin', '*')
  response.setHeader('access-control-expose-headers', '*')
  if (request.method === 'GET' && request.url === '/livez') {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}')
    return
  }
  if (request.method === 'OPTIONS') {
    sendEmpty(response, 200, {
      'access-control-allow-methods': 'GET, HEAD, PUT, POST, DELETE',
      'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '*',
      'access-control-max-age': '600',
      'content-length': '0',
    })
    return
  }
  const target = readTarget(request)
  const operation = findOperation(target)
  const payloadHash = verifySignature(target, credentials)
  refuseUnsupportedHeaders(target.headers)
  await operation({ ...target, store, request, response, payloadHash })
}

function sendError(error: unknown, request: IncomingMessage, response: ServerResponse): void {
  // The client is gone, or half of an answer is out already: nothing can be said any more.
  if (response.headersSent || request.socket.destroyed) {
    response.destroy()
    return
  }
  request.resume()
  const known = error instanceof S3Error ? error : new S3Error('InternalError')
  if (known !== error) console.error(error)
  if (request.method === 'HEAD') sendEmpty(response, known.status, known.headers)
  else sendXml(response, errorXml(known, request.url ?? ''), known.status, known.headers)
}

function errorXml(error: S3Error, url: string): string {
  const content = [
    textElement('Code', error.code),
    textElement('Message', error.message),
    textElement('Resource', url.split('?')[0] ?? ''),
  ]
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('Error', ...content)}`
}

function refuseBrokenHttp(_error: Error, socket: Duplex): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const body = errorXml(new S3Error('InvalidRequest', 'This is not HTTP.'), '')
  const head = `content-type: application/xml\r\ncontent-length: ${Buffer.byteLength(body)}`
  socket.end(`HTTP/1.1 400 Bad Request\r\n${head}\r\nconnection: close\r\n\r\n${body}`)
}
