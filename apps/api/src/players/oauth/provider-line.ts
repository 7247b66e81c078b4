import { Problem } from '@aethex/shared/errors'
import { type GuardedFetch, type OutgoingRequest, outgoingErrorIn } from '@aethex/shared/outgoing'

/** Calls a provider's servers. Throws `provider_timeout` or `provider_unavailable`; 2xx and 4xx are answers. */
export type ProviderLine = (url: string, request?: OutgoingRequest) => Promise<Response>

/** For all calls of one request together: with what else a busy machine takes, a player waits for five seconds at most. */
const patienceMs = 4_000

/** Opens a line for one request to us. */
export function openLine(guardedFetch: GuardedFetch): ProviderLine {
  const deadline = performance.now() + patienceMs
  return async (url, request = {}) => {
    const timeoutMs = Math.max(1, Math.ceil(deadline - performance.now()))
    const response = await guardedFetch(url, { ...request, timeoutMs }).catch(error => {
      const isLate = outgoingErrorIn(error)?.reason === 'timed_out'
      throw new Problem(isLate ? 'provider_timeout' : 'provider_unavailable', { cause: error })
    })
    // A redirect is not followed, so it is no answer either.
    const isAnswer = response.ok || (response.status >= 400 && response.status < 500)
    if (isAnswer) return response
    throw new Problem('provider_unavailable', { cause: new Error(`status ${response.status}`) })
  }
}

/** The JSON of a 2xx answer; `provider_refused` for a 4xx, `provider_unavailable` for what is not JSON. */
export async function jsonOf(response: Response): Promise<unknown> {
  if (!response.ok) {
    throw new Problem('provider_refused', { cause: new Error(`status ${response.status}`) })
  }
  try {
    return await response.json()
  } catch (cause) {
    throw new Problem('provider_unavailable', { cause })
  }
}

/**
 * The Problem that a library has wrapped, or `provider_refused`: what is left is the provider, or who pretends to be it,
 * not saying what it should.
 */
export function problemIn(error: unknown): Problem {
  let at = error
  for (let depth = 0; at instanceof Error && depth < 8; depth++) {
    if (at instanceof Problem) return at
    at = 'oauthError' in at ? at.oauthError : at.cause
  }
  return new Problem('provider_refused', { cause: error })
}
