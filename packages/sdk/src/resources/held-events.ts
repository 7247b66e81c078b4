import { type Backoff, delayBeforeRetry } from '../core/backoff.js'
import { type AeThexError, asAeThexError, hasCode } from '../core/error.js'
import type { Session } from '../core/session.js'
import { type ConsentMemory, readConsents } from './consent.js'
import type { AnalyticsEvent } from './event-queue.js'

/** Events of a player whose consent is not known yet: in memory only, until the server has said. */
export interface HeldEvents {
  /** Holds one and asks the server; false when there is no room. */
  add(playerId: string, event: AnalyticsEvent): boolean
  /** Asks the server and holds nothing: what a child does is not kept on a guess. */
  ask(playerId: string): void
  /** Hands over what is held of this player, and holds it no longer. */
  take(playerId: string): AnalyticsEvent[]
  /** Asks about what is held, now; resolves when the server has answered or cannot be reached. */
  settle(): Promise<void>
}

interface HeldParts {
  session: Session
  memory: ConsentMemory
  backoff: Backoff
  onError: (error: AeThexError) => void
}

const capacity = 50
/** At least, before a question that failed is asked again; what is tracked then asks it. */
const pauseMs = 2_000

export function createHeldEvents({ session, memory, backoff, onError }: HeldParts): HeldEvents {
  let owner: string | undefined
  let events: AnalyticsEvent[] = []
  let asking: Promise<void> | undefined
  let failures = 0
  let nextAt = 0

  async function askOnce(): Promise<void> {
    try {
      await readConsents(session, memory)
      failures = 0
    } catch (thrown) {
      const error = asAeThexError(thrown)
      nextAt = Date.now() + pauseMs + delayBeforeRetry(failures++, backoff, error.retry_after_ms)
      if (!hasCode(error, 'not_signed_in', 'closed')) onError(error)
    }
  }

  function ask(): Promise<void> {
    asking ??= askOnce().finally(() => {
      asking = undefined
    })
    return asking
  }

  function wonderAbout(playerId: string): void {
    if (playerId !== owner) {
      owner = playerId
      events = []
      nextAt = 0
    }
    if (Date.now() >= nextAt) void ask()
  }

  return {
    ask: wonderAbout,
    add(playerId, event) {
      wonderAbout(playerId)
      if (events.length === capacity) return false
      events.push(event)
      return true
    },
    take(playerId) {
      const taken = playerId === owner ? events : []
      if (playerId === owner) events = []
      return taken
    },
    async settle() {
      if (events.length > 0) await ask()
    },
  }
}
