import { type Backoff, delayBeforeRetry } from './backoff.js'
import { AeThexError, hasCode } from './error.js'
import { errorOfAnswer } from './problem.js'
import { uuidv7 } from './uuid.js'

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/api/v1`; made with `path`. */
  path: string
  query?: Record<string, string | number | undefined> | undefined
  body?: unknown
  /** Sent as it is, instead of `body`. */
  content?: { type: string; bytes: Uint8Array<ArrayBuffer> }
  /** `bytes`: the answer is a RawAnswer. */
  answers?: 'bytes'
  /** Beside those that every call carries. */
  headers?: Record<string, string>
  /** A player's access token. */
  token?: string
  /** Sent as Idempotency-Key: the server carries the write out once, however often it arrives. */
  operationId?: string
  /** A POST that by its nature may arrive twice. */
  repeatable?: boolean
  /** Lets the request outlive the page; browsers allow 64 KiB. */
  keepalive?: boolean
  timeoutMs?: number
  /** How often it is tried in all, when that is less than usual. */
  tries?: number
  /** Ends the call with the code `aborted`. */
  signal?: AbortSignal | undefined
  /** A whole address instead of `path`, such as of an object store: neither key nor token goes there. */
  elsewhere?: string
}

/** An answer that is not JSON. */
export interface RawAnswer {
  bytes: Uint8Array<ArrayBuffer>
  headers: Headers
}

export interface Http {
  /** The JSON of a successful answer; throws an AeThexError for everything else. */
  request<T>(call: Call): Promise<T>
  /** Ends what is under way with the code `closed`. */
  close(): void
}

export interface HttpOptions {
  url: string
  apiKey: string
  fetch: typeof fetch
  /** For one try, in milliseconds. */
  timeoutMs: number
  /** How often a safe request is tried in all. */
  tries: number
  backoff: Backoff
}

/** A longer wish of the server goes to the caller instead of keeping it waiting. */
const longestWaitMs = 20_000

/** A path whose parts cannot escape it. */
export function path(...segments: string[]): string {
  for (const segment of segments) {
    if (segment === '' || segment === '.' || segment === '..') {
      throw new AeThexError('invalid_request', `"${segment}" is not an id.`)
    }
  }
  return `/${segments.map(encodeURIComponent).join('/')}`
}

const aborted = () => new AeThexError('aborted', 'The call was ended by its signal.')

/** A POST without a promise of the server may have been carried out although no answer came. */
const isSafeToRepeat = ({ method, operationId, repeatable }: Call) =>
  method !== 'POST' || operationId !== undefined || repeatable === true

function addressOf(base: string, call: Call): string {
  if (call.elsewhere !== undefined) return call.elsewhere
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined) query.set(name, String(value))
  }
  const search = query.size > 0 ? `?${query}` : ''
  return `${base.replace(/\/+$/, '')}/api/v1${call.path}${search}`
}

function headersOf(apiKey: string, call: Call, requestId: string): Record<string, string> {
  if (call.elsewhere !== undefined) return { 'content-type': call.content?.type ?? '' }
  return {
    accept: call.answers === 'bytes' ? 'application/octet-stream' : 'application/json',
    'x-api-key': apiKey,
    'x-request-id': requestId,
    ...call.headers,
    ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(call.content === undefined ? {} : { 'content-type': call.content.type }),
    ...(call.token === undefined ? {} : { authorization: `Bearer ${call.token}` }),
    ...(call.operationId === undefined ? {} : { 'idempotency-key': call.operationId }),
  }
}

function encodeBody({ body, content }: Call): string | Uint8Array<ArrayBuffer> | null {
  if (content !== undefined) return content.bytes
  if (body === undefined) return null
  try {
    return JSON.stringify(body)
  } catch (cause) {
    throw new AeThexError('invalid_request', 'The data cannot be written as JSON.', { cause })
  }
}

async function readAnswer(response: Response, requestId: string): Promise<unknown> {
  const text = await response.text()
  let body: unknown
  try {
    body = text === '' ? undefined : JSON.parse(text)
  } catch (cause) {
    if (response.ok) {
      const facts = { status: response.status, request_id: requestId, cause }
      throw new AeThexError('invalid_answer', 'The answer is not JSON.', facts)
    }
  }
  if (!response.ok) throw errorOfAnswer(response, body, requestId)
  return body
}

/** The one place that speaks HTTP: headers, time-outs, and repeats of what is safe to repeat. */
export function createHttp(options: HttpOptions): Http {
  const underWay = new Set<() => void>()
  let isClosed = false

  async function tryOnce(
    call: Call,
    requestId: string,
    body: ReturnType<typeof encodeBody>,
  ): Promise<unknown> {
    if (isClosed) throw new AeThexError('closed', 'The cloud was closed.')
    if (call.signal?.aborted) throw aborted()
    const { fetch } = options
    const controller = new AbortController()
    const abort = () => controller.abort()
    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      abort()
    }, call.timeoutMs ?? options.timeoutMs)
    underWay.add(abort)
    call.signal?.addEventListener('abort', abort)
    try {
      const response = await fetch(addressOf(options.url, call), {
        method: call.method,
        headers: headersOf(options.apiKey, call, requestId),
        body,
        signal: controller.signal,
        ...(call.keepalive ? { keepalive: true } : {}),
      })
      if (call.answers === 'bytes' && response.ok) {
        const bytes = new Uint8Array(await response.arrayBuffer())
        return { bytes, headers: response.headers } satisfies RawAnswer
      }
      return await readAnswer(response, requestId)
    } catch (cause) {
      if (cause instanceof AeThexError) throw cause
      if (isClosed) throw new AeThexError('closed', 'The cloud was closed.')
      if (call.signal?.aborted) throw aborted()
      const facts = { request_id: requestId, retryable: true, cause }
      throw timedOut
        ? new AeThexError('timed_out', 'The server did not answer in time.', facts)
        : new AeThexError('network_failed', 'The server cannot be reached.', facts)
    } finally {
      clearTimeout(timer)
      underWay.delete(abort)
      call.signal?.removeEventListener('abort', abort)
    }
  }

  function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise(resolve => {
      const wake = () => {
        clearTimeout(timer)
        underWay.delete(wake)
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      const timer = setTimeout(wake, ms)
      underWay.add(wake)
      signal?.addEventListener('abort', wake)
    })
  }

  return {
    async request<T>(call: Call): Promise<T> {
      const requestId = uuidv7()
      const body = encodeBody(call)
      for (let tried = 1; ; tried++) {
        try {
          return (await tryOnce(call, requestId, body)) as T
        } catch (thrown) {
          const isFinal = !(thrown instanceof AeThexError) || !thrown.retryable
          if (isFinal || !isSafeToRepeat(call) || tried >= (call.tries ?? options.tries))
            throw thrown
          const asked = thrown.retry_after_ms ?? 0
          if (asked > longestWaitMs || hasCode(thrown, 'closed')) throw thrown
          await pause(delayBeforeRetry(tried - 1, options.backoff, asked), call.signal)
        }
      }
    },
    close() {
      isClosed = true
      for (const stop of [...underWay]) stop()
    },
  }
}
