import { z } from 'zod'
import { makerOf } from './data-of.js'

/** Hears what goes over the wire. */
export interface WireListener {
  /** `POST /saves/me -> 201`, one for each try. */
  onRequest?(told: string): void
  /** A write of an operation's data, in one of its rounds. The base is null for whatever is there. */
  onWrite?(operation: string, round: number, base: number | null): void
  /** Data whose write was acknowledged. */
  onTaken?(data: unknown): void
}

const Write = z.object({ data: z.unknown(), base_version: z.int().optional() })

function textOf(body: unknown): string | undefined {
  if (typeof body === 'string') return body
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : undefined
}

/**
 * A fetch that tells what it is asked for. It makes the SDK impatient: what the server asks it to wait is left out.
 */
export function recordingFetch(listener: WireListener): typeof fetch {
  return async (input, init) => {
    const { method = 'GET', body } = init ?? {}
    const { pathname, search } = new URL(String(input))
    let told = `${method} ${pathname.replace('/api/v1', '')}${search}`
    const text = method === 'POST' && pathname.endsWith('/saves/me') ? textOf(body) : undefined
    const write = text === undefined ? undefined : Write.safeParse(JSON.parse(text)).data
    const maker = makerOf(write?.data)
    if (write !== undefined && maker !== undefined) {
      const base = write.base_version ?? null
      listener.onWrite?.(maker.op, maker.round, base)
      told = `${told} ${maker.op} round ${maker.round} upon ${base ?? 'anything'}`
    }
    try {
      const answer = await fetch(input, init)
      const { status } = answer
      listener.onRequest?.(`${told} -> ${status}`)
      if (write !== undefined && status === 201) listener.onTaken?.(write.data)
      // A polite pause would leave a busy history with little in it.
      const headers = new Headers(answer.headers)
      headers.delete('retry-after')
      return new Response(answer.body, { status, headers })
    } catch (error) {
      listener.onRequest?.(`${told} -> no answer`)
      throw error
    }
  }
}
