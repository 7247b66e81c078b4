import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { closeHttp, listen } from '../listen.js'
import { findFile, pathOf, sendFile } from './static-files.js'

export type SiteOptions = {
  /** The folder with the built game. */
  dir: string
  /** 0 takes a free one. */
  port: number
  /** What /config.json answers: where the API is and the key of the game. */
  config: { url: string; api_key: string }
}

function policyFor(apiUrl: string): string {
  const { origin, hostname } = new URL(apiUrl)
  return [
    "default-src 'self'",
    `connect-src 'self' ${origin} ws://${hostname}:* wss://${hostname}:*`,
    "img-src 'self' data: blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'self'",
  ].join('; ')
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify(body))
}

/** Serves a built game and the one file that tells it where its platform is. */
export async function startSite(
  options: SiteOptions,
): Promise<{ port: number; close: () => Promise<void> }> {
  const policy = policyFor(options.config.url)

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('content-security-policy', policy)
    response.setHeader('x-content-type-options', 'nosniff')
    response.setHeader('referrer-policy', 'no-referrer')
    response.setHeader('cache-control', 'no-cache')
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD')
      return sendJson(response, 405, { error: 'Only GET and HEAD.' })
    }
    const wanted = pathOf(request.url ?? '')
    if (wanted === '/livez') return sendJson(response, 200, { status: 'ok' })
    if (wanted === '/config.json') return sendJson(response, 200, options.config)
    const file = wanted === undefined ? undefined : await findFile(options.dir, wanted)
    if (file) return sendFile(request, response, file)
    return sendJson(response, 404, { error: 'There is no such file.' })
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  const port = await listen(server, options.port, '127.0.0.1')
  return { port, close: () => closeHttp(server) }
}
