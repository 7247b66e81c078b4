import { type ErrorCode, errorCodes } from './codes.js'

/** One thing that is wrong with the input: where (a JSON pointer, or a parameter's name) and why. */
export interface Flaw {
  pointer: string
  reason: string
}

/** RFC 9457 problem details, with our extensions. */
export interface ProblemDocument {
  type: string
  title: string
  status: number
  detail: string
  code: ErrorCode
  request_id: string
  errors?: Flaw[]
  [extension: string]: unknown
}

interface ProblemOptions {
  detail?: string
  errors?: Flaw[]
  /** Members added to the document: what the caller needs to go on. */
  extensions?: Record<string, unknown>
  headers?: Record<string, string>
  cause?: unknown
}

/** The only error that says something to a caller. Anything else that is thrown answers `internal`. */
export class Problem extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly headers: Record<string, string>
  private readonly options: ProblemOptions

  constructor(code: ErrorCode, options: ProblemOptions = {}) {
    const [status, meaning] = errorCodes[code]
    super(
      options.detail ?? meaning,
      options.cause === undefined ? undefined : { cause: options.cause },
    )
    this.name = 'Problem'
    this.code = code
    this.status = status
    this.options = options
    this.headers = { ...(status === 503 ? { 'retry-after': '1' } : {}), ...options.headers }
  }

  toDocument(requestId: string): ProblemDocument {
    const { errors, extensions } = this.options
    return {
      type: `https://aethex.cloud/problems/${this.code}`,
      title: errorCodes[this.code][1],
      status: this.status,
      detail: this.message,
      code: this.code,
      request_id: requestId,
      ...(errors === undefined ? {} : { errors }),
      ...extensions,
    }
  }
}

/** A part (database, object store …) that does not answer: 503, and the reason only in the log. */
export const unavailable = (part: string, cause?: unknown) =>
  new Problem('unavailable', { detail: `The ${part} does not answer; try again shortly.`, cause })

export const notFound = () => new Problem('not_found')
