import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline as pump } from 'node:stream/promises'
import type { RawBody, Reply } from './route.js'

/** Sends an answer of JSON, or none. */
export function answer(
  response: ServerResponse,
  route: { status: number },
  body: string | undefined,
  reply: Pick<Reply<unknown>, 'options'> | undefined,
): void {
  const status = reply?.options.status ?? route.status
  const headers: Record<string, string | number> = {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...reply?.options.headers,
  }
  if (body !== undefined && status !== 304) {
    headers['content-type'] = 'application/json; charset=utf-8'
    headers['content-length'] = Buffer.byteLength(body)
  }
  response.writeHead(status, withVary(response, headers))
  response.end(response.req.method === 'HEAD' || status === 304 ? undefined : body)
}

/** What an answer depends on by its own word is added to what every answer depends on. */
function withVary(response: ServerResponse, headers: Record<string, string | number>) {
  const always = response.getHeader('vary')
  const { vary } = headers
  return vary === undefined || always === undefined
    ? headers
    : { ...headers, vary: `${String(always)}, ${vary}` }
}

/** A reader who takes nothing for as long as this has gone. */
const longestStandstillMs = 60_000

export const isRaw = (body: unknown): body is RawBody =>
  typeof body === 'string' || body instanceof Uint8Array || body instanceof Readable

/** A page, a file or a stream, under the headers of its Reply. */
export async function answerRaw(
  response: ServerResponse,
  route: { status: number; answers?: string | undefined },
  body: RawBody,
  { status = route.status, headers = {} }: Reply<unknown>['options'],
): Promise<void> {
  const all = {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(route.answers === undefined ? {} : { 'content-type': route.answers }),
    ...(body instanceof Readable ? {} : { 'content-length': Buffer.byteLength(body) }),
    ...headers,
  }
  response.writeHead(status, withVary(response, all))
  if (response.req.method === 'HEAD') {
    if (body instanceof Readable) body.destroy()
    response.end()
  } else if (body instanceof Readable) {
    response.setTimeout(longestStandstillMs, () => response.destroy())
    // A stream that breaks half-way cannot be taken back: a closed connection tells the reader.
    await pump(body, response).catch(() => response.destroy())
  } else response.end(body)
}
