import { delayBeforeRetry } from '../../core/backoff.js'
import { later } from '../../core/timer.js'
import type { components } from '../../generated/openapi.js'

export type IceServers = components['schemas']['IceServers']

/** What connections are made with; kept fresh from `start` to `stop`. */
export interface IceConfiguration {
  /** Resolves at the first answer, also when it was a refusal. */
  start(): Promise<void>
  stop(): void
  now(): RTCConfiguration
}

interface IceParts {
  fetch(): Promise<IceServers>
  /** Whether this player's network address is shown to nobody, whatever the studio allows. */
  isHidden(): boolean
  onChange(configuration: RTCConfiguration): void
}

/** Before the credentials end; connections that stand do not need them any more. */
const headStartMs = 5 * 60_000
const leastMs = 30_000
const backoff = { firstMs: 5_000, maxMs: 60_000 }

/** Until an answer has come nobody knows what the studio allows: so the address is not shown. */
const unknown: IceServers = {
  ice_servers: [],
  transport_policy: 'relay',
  expires_at: new Date(0).toISOString(),
}

export function createIceConfiguration(parts: IceParts): IceConfiguration {
  let answer = unknown
  let cancelNext: (() => void) | undefined
  let generation = 0
  let failures = 0

  const now = (): RTCConfiguration => ({
    iceServers: answer.ice_servers,
    iceTransportPolicy: parts.isHidden() ? 'relay' : answer.transport_policy,
    bundlePolicy: 'max-bundle',
  })

  async function refresh(): Promise<void> {
    const mine = ++generation
    const again = (ms: number) => {
      if (mine === generation) cancelNext = later(ms, () => void refresh())
    }
    try {
      const fetched = await parts.fetch()
      if (mine !== generation) return
      answer = fetched
      failures = 0
      const lifetimeMs = Date.parse(answer.expires_at) - Date.now()
      again(Math.max(leastMs, lifetimeMs - headStartMs))
      parts.onChange(now())
    } catch {
      again(delayBeforeRetry(failures++, backoff))
    }
  }

  return {
    start: refresh,
    stop() {
      generation++
      cancelNext?.()
      answer = unknown
    },
    now,
  }
}
