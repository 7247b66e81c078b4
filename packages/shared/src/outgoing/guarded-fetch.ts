import { Agent, request } from 'undici'
import type { Closable } from '../lifecycle/index.js'
import { OutgoingError, outgoingErrorIn } from './outgoing-error.js'
import { assertPublicHost, type Resolve, resolveByDns, vettedLookup } from './vetted-addresses.js'

export interface OutgoingRequest {
  method?: string
  headers?: Headers | Record<string, string>
  body?: string | Uint8Array | null
  /** For the whole call, its answer included; 5 s unless said. */
  timeoutMs?: number
  /** The cap of the answer's body; 64 KiB unless said, 1 MiB at most. */
  maxBytes?: number
  signal?: AbortSignal | undefined
}

/**
 * Calls an address that somebody else has chosen. https only; the host must resolve to public addresses, and the very
 * address that was judged is connected to; redirects are answered, not followed; no proxy is asked; nothing is inflated.
 * Throws an OutgoingError. Any status is an answer.
 */
export type GuardedFetch = (url: string | URL, options?: OutgoingRequest) => Promise<Response>

export interface Outgoing {
  guardedFetch: GuardedFetch
  /** Whether an address could ever be called, as far as it tells by itself; a name is judged when it is resolved. */
  mayCall(url: string): boolean
}

export interface GuardedFetchOptions {
  /** `host:port` of services in one's own network that may be called, also by http; `*` stands for any port. */
  allowPrivate?: readonly string[]
  resolve?: Resolve
}

const defaultTimeoutMs = 5_000
const defaultMaxBytes = 64 * 1024
const largestMaxBytes = 1024 * 1024
const withoutBody = new Set([101, 204, 205, 304])

const portOf = ({ port, protocol }: URL) => port || (protocol === 'https:' ? '443' : '80')

function parse(url: string | URL): URL {
  try {
    return new URL(url)
  } catch (cause) {
    throw new OutgoingError('forbidden', 'the address is not a URL', cause)
  }
}

async function readCapped(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > maxBytes) {
      throw new OutgoingError('too_large', `the answer has more than ${maxBytes} bytes`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function responseOf(status: number, headers: NodeJS.Dict<string | string[]>, body: Buffer) {
  const answered = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    for (const each of [value ?? []].flat()) answered.append(name, each)
  }
  const bytes = withoutBody.has(status) ? null : new Uint8Array(body)
  return new Response(bytes, { status, headers: answered })
}

/** Opens the one way in which this process calls addresses that are not its own. */
export function openGuardedFetch({
  allowPrivate = [],
  resolve = resolveByDns,
}: GuardedFetchOptions = {}): Closable & Outgoing {
  const trusted = new Set(allowPrivate.map(entry => entry.toLowerCase()))
  const limits = { connections: 32, headersTimeout: 30_000, bodyTimeout: 30_000 }
  const outside = new Agent({ ...limits, connect: { lookup: vettedLookup(resolve) } })
  const inside = new Agent(limits)

  function agentFor(url: URL): Agent {
    if (url.username !== '' || url.password !== '') {
      throw new OutgoingError('forbidden', 'the address carries a password')
    }
    const isTrusted = [portOf(url), '*'].some(port => trusted.has(`${url.hostname}:${port}`))
    if (isTrusted && /^https?:$/.test(url.protocol)) return inside
    if (url.protocol !== 'https:') throw new OutgoingError('forbidden', 'only https may be called')
    assertPublicHost(url.hostname)
    return outside
  }

  const guardedFetch: GuardedFetch = async (address, options = {}) => {
    const url = parse(address)
    const dispatcher = agentFor(url)
    const { method = 'GET', headers = {}, body = null, signal } = options
    const maxBytes = Math.min(options.maxBytes ?? defaultMaxBytes, largestMaxBytes)
    const deadline = AbortSignal.timeout(options.timeoutMs ?? defaultTimeoutMs)
    try {
      const answer = await request(url, {
        dispatcher,
        method,
        headers: {
          'user-agent': 'aethex-cloud',
          ...Object.fromEntries(new Headers(headers)),
          'accept-encoding': 'identity',
        },
        body,
        signal: signal === undefined ? deadline : AbortSignal.any([deadline, signal]),
      })
      const bytes = await readCapped(answer.body, maxBytes)
      return responseOf(answer.statusCode, answer.headers, bytes)
    } catch (error) {
      if (deadline.aborted) throw new OutgoingError('timed_out', 'no answer came in time', error)
      if (signal?.aborted) throw error
      throw outgoingErrorIn(error) ?? new OutgoingError('failed', 'the call failed', error)
    }
  }

  const mayCall = (address: string) => {
    try {
      agentFor(parse(address))
      return true
    } catch {
      return false
    }
  }

  return {
    guardedFetch,
    mayCall,
    close: async () => {
      await Promise.all([outside.destroy(), inside.destroy()])
    },
  }
}
