import type { ErrorCode } from '../generated/errors.js'
import { retryAfterMs } from './backoff.js'
import { AeThexError, type ErrorDetails, type LocalErrorCode } from './error.js'

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const textOr = (value: unknown, otherwise: string) =>
  typeof value === 'string' ? value : otherwise

// A proxy in between answers without a problem document; its status says enough.
function codeOfStatus(status: number): ErrorCode | LocalErrorCode {
  if (status === 429) return 'rate_limited'
  if (status === 413) return 'body_too_large'
  if (status === 404) return 'not_found'
  return status >= 500 ? 'unavailable' : 'invalid_answer'
}

/** Codes arrive as text; a newer server's unknown ones are passed on as they are. */
export const codeOf = (text: string) => text as ErrorCode | LocalErrorCode

const mayPass = (status: number) => status === 408 || status === 429 || status >= 500

/** An answer that is not a success, as an error (RFC 9457 problem details, or whatever a proxy said). */
export function errorOfAnswer(response: Response, body: unknown, requestId: string): AeThexError {
  const { status } = response
  const problem = isObject(body) ? body : {}
  const { type, title, status: _status, detail, code, request_id, ...details } = problem
  return new AeThexError(
    typeof code === 'string' ? codeOf(code) : codeOfStatus(status),
    textOr(detail, textOr(title, `The server answered ${status}.`)),
    {
      status,
      request_id: textOr(request_id, response.headers.get('x-request-id') ?? requestId),
      retryable: mayPass(status),
      retry_after_ms: retryAfterMs(response.headers.get('retry-after')),
      details: details as ErrorDetails,
    },
  )
}
