import type { IncomingMessage, ServerResponse } from 'node:http'

/** Decides whether pages of an origin may call. `http://localhost:*` allows every port; `*` every origin. */
export function originRule(allowed: readonly string[]): (origin: string) => boolean {
  const exact = new Set(allowed.filter(entry => !entry.endsWith(':*')))
  const anyPort = allowed.filter(entry => entry.endsWith(':*')).map(entry => entry.slice(0, -1))
  return origin => {
    if (origin === 'null') return false
    if (exact.has('*') || exact.has(origin)) return true
    return anyPort.some(
      prefix => origin.startsWith(prefix) && /^\d{1,5}$/.test(origin.slice(prefix.length)),
    )
  }
}

const allowedHeaders =
  'authorization, content-type, content-encoding, x-api-key, x-request-id, idempotency-key, if-match, if-none-match, if-range, range, content-digest, traceparent, x-device-name, x-device-token'
const exposedHeaders =
  'etag, content-range, accept-ranges, content-disposition, repr-digest, retry-after, ratelimit, ratelimit-policy, x-request-id, x-usage-warning'

/**
 * Sets the CORS headers; true when the request was a preflight and is answered.
 * Credentials are never allowed: tokens travel in headers, not in cookies.
 */
export function answerCors(
  request: IncomingMessage,
  response: ServerResponse,
  isAllowed: (origin: string) => boolean,
): boolean {
  const { origin } = request.headers
  response.setHeader('vary', 'origin')
  if (origin === undefined) return false
  if (isAllowed(origin)) {
    response.setHeader('access-control-allow-origin', origin)
    response.setHeader('access-control-expose-headers', exposedHeaders)
  }
  const isPreflight =
    request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined
  if (!isPreflight) return false
  response.setHeader('access-control-allow-methods', 'GET, HEAD, POST, PUT, PATCH, DELETE')
  response.setHeader('access-control-allow-headers', allowedHeaders)
  response.setHeader('access-control-max-age', '600')
  response.writeHead(204).end()
  return true
}
