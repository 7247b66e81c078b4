import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as the double of the API saw it. */
export interface SeenRequest {
  /** Such as `POST /saves/me`. */
  route: string
  query: URLSearchParams
  headers: IncomingHttpHeaders
  /** Of JSON; empty for every other type. */
  body: Record<string, unknown>
  bytes: Buffer
}

export interface TestAnswer {
  status?: number
  body?: unknown
  headers?: Record<string, string>
  /** Hangs up instead of answering. */
  cut?: boolean
}

type Handler = (request: SeenRequest) => TestAnswer | Promise<TestAnswer>

/** A double of the API's side of the wire: a real server that answers what a test tells it to. */
export interface TestApi {
  url: string
  requests: SeenRequest[]
  seen(route: string): SeenRequest[]
  /** Answers a route from now on; a list is used up one by one, its last for ever. */
  answer(route: string, ...answers: (TestAnswer | Handler)[]): void
  close(): Promise<void>
}

export const problem = (status: number, code: string, extra: object = {}): TestAnswer => ({
  status,
  headers: { 'content-type': 'application/problem+json' },
  body: { type: 'about:blank', title: code, status, detail: code, code, request_id: 'r', ...extra },
})

export const tokens = (generation: number, expires_in = 900) => ({
  access_token: `access-${generation}`,
  refresh_token: `refresh-${generation}`,
  token_type: 'Bearer',
  expires_in,
})

export const player = (id: string) => ({
  id,
  email: null,
  username: `name of ${id}`,
  avatar_url: null,
  created_at: '2026-01-01T00:00:00.000Z',
})

async function readBody(request: IncomingMessage): Promise<Pick<SeenRequest, 'body' | 'bytes'>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  const isJson = bytes.length > 0 && request.headers['content-type'] === 'application/json'
  return { bytes, body: isJson ? JSON.parse(bytes.toString()) : {} }
}

export async function startTestApi(): Promise<TestApi> {
  const requests: SeenRequest[] = []
  const answers = new Map<string, (TestAnswer | Handler)[]>()

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://api')
    const route = `${request.method} ${url.pathname.replace('/api/v1', '')}`
    const sent = await readBody(request)
    const seen = { route, query: url.searchParams, headers: request.headers, ...sent }
    requests.push(seen)
    const left = answers.get(route) ?? [problem(404, 'not_found')]
    const next = (left.length > 1 ? left.shift() : left[0]) ?? {}
    const answer = typeof next === 'function' ? await next(seen) : next
    if (answer.cut) {
      response.destroy()
      return
    }
    response.writeHead(answer.status ?? 200, answer.headers)
    const isPlain = typeof answer.body === 'string' || Buffer.isBuffer(answer.body)
    response.end(isPlain ? answer.body : JSON.stringify(answer.body))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    seen: route => requests.filter(request => request.route === route),
    answer: (route, ...given) => void answers.set(route, given),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
