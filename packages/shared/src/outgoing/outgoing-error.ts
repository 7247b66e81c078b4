/**
 * Why a call to the outside brought no answer:
 * `forbidden` the address may not be called · `timed_out` no whole answer in time · `too_large` the answer goes on
 * beyond its cap · `failed` no connection, or it broke.
 */
export type OutgoingReason = 'forbidden' | 'timed_out' | 'too_large' | 'failed'

export class OutgoingError extends Error {
  constructor(
    readonly reason: OutgoingReason,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'OutgoingError'
  }
}

/** The OutgoingError that a library has wrapped, however deep. */
export function outgoingErrorIn(error: unknown): OutgoingError | undefined {
  let at = error
  for (let depth = 0; at instanceof Error && depth < 8; depth++) {
    if (at instanceof OutgoingError) return at
    at = at.cause
  }
  return undefined
}
