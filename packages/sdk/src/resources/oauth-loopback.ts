import { AeThexError } from '../core/error.js'

interface LocalRequest {
  url?: string | undefined
}

interface LocalResponse {
  writeHead(status: number, headers: Record<string, string>): unknown
  end(text: string): unknown
}

interface LocalServer {
  listen(port: number, host: string, ready: () => void): unknown
  address(): unknown
  once(event: 'error', listener: (error: Error) => void): unknown
  close(): unknown
}

export interface LoopbackOptions {
  /** `import { createServer } from 'node:http'`. */
  createServer: (answer: (request: LocalRequest, response: LocalResponse) => void) => LocalServer
  /** Opens an address in the player's own browser. */
  openBrowser: (url: string) => unknown
  /** The path that the studio's setting `auth.redirects` names; `/callback` unless said. */
  path?: string
  /** How long to wait for the player; ten minutes unless said. */
  timeoutMs?: number
}

/** How a game without a browser of its own hears from the player's (RFC 8252 §7.3). */
export interface Loopback {
  /** `begin` gets the address to come back to and answers the one to go to. */
  receive(begin: (redirectUri: string) => Promise<string>, state: string): Promise<string>
}

const page =
  '<!doctype html><meta charset="utf-8"><title>Signed in</title><p>You may close this window and go back to the game.'

const portOf = (address: unknown) =>
  typeof address === 'object' && address !== null && 'port' in address ? Number(address.port) : 0

/** Listens on 127.0.0.1 for as long as a sign-in takes, and opens the player's browser. For `loginOAuth` in Node. */
export function createLoopback(options: LoopbackOptions): Loopback {
  const { createServer, openBrowser, path = '/callback', timeoutMs = 600_000 } = options
  return {
    receive: (begin, state) =>
      new Promise((resolve, reject) => {
        const server = createServer((request, response) => {
          const url = new URL(request.url ?? '/', 'http://127.0.0.1')
          const code = url.searchParams.get('code')
          // Any page may knock here; only the sign-in under way knows the state.
          if (url.pathname !== path || url.searchParams.get('state') !== state || code === null) {
            response.writeHead(404, { 'content-type': 'text/plain', connection: 'close' })
            response.end('There is nothing here.')
            return
          }
          response.writeHead(200, { 'content-type': 'text/html', connection: 'close' })
          response.end(page)
          finish(() => resolve(code))
        })
        const finish = (settle: () => void) => {
          clearTimeout(timer)
          server.close()
          settle()
        }
        const timer = setTimeout(
          () => finish(() => reject(new AeThexError('timed_out', 'Nobody came back in time.'))),
          timeoutMs,
        )
        server.once('error', error => finish(() => reject(error)))
        server.listen(0, '127.0.0.1', () => {
          begin(`http://127.0.0.1:${portOf(server.address())}${path}`)
            .then(openBrowser)
            .catch(error => finish(() => reject(error)))
        })
      }),
  }
}
