import type { Call } from '../core/http.js'
import type { Session } from '../core/session.js'
import type { Store } from '../core/storage.js'
import type { components } from '../generated/openapi.js'

/** What a player has agreed to: `analytics`, `marketing`, `voice`, `third_parties`. */
export type Consents = components['schemas']['Consents']

/** What counts, and for each purpose its state, since when, and under which version of the privacy policy. */
export interface ConsentAnswer {
  consents: Consents
  details: Record<keyof Consents, components['schemas']['ConsentState']>
  /** The version of the privacy policy in force. */
  policy_version: number | null
}

/** Decisions, and what the player was shown when they made them. */
export type ConsentChanges = Partial<Consents> & {
  /** The version of the privacy policy that was shown; refused as `policy_outdated` when another is in force. */
  policy_version?: number
  /** The language of the question. */
  locale?: string
}

/** What this device knows of the players' agreement to analytics; the server has the last word. */
export interface ConsentMemory {
  /** Undefined when neither the server nor the player has said. */
  recall(playerId: string): boolean | undefined
  /** Takes the server's word. */
  note(playerId: string, granted: boolean): void
  /** The player decides: a withdrawal counts at once, an agreement with the server's word, and neither reaches back. */
  decide(playerId: string, granted: boolean): void
  /** The function that it answers tells whether nobody has decided since. */
  watch(): () => boolean
  /** A later sign-in may ask again where the server had said no. */
  forgetRefusals(): void
  /** Calls the one listener; `granted` is undefined while an agreement is on its way. */
  onChange(run: (playerId: string, granted: boolean | undefined) => void): void
}

export function createConsentMemory(store: Store): ConsentMemory {
  // The server's no is not stored: the player may agree on another device before the next run.
  const refused = new Set<string>()
  let decisions = 0
  let tell: (playerId: string, granted: boolean | undefined) => void = () => {}
  const nameOf = (playerId: string) => `consent.${playerId}`
  return {
    recall(playerId) {
      const word = store.read(nameOf(playerId))
      if (word === 'yes') return true
      return word === 'no' || refused.has(playerId) ? false : undefined
    },
    note(playerId, granted) {
      store.write(nameOf(playerId), granted ? 'yes' : null)
      if (granted) refused.delete(playerId)
      else refused.add(playerId)
      tell(playerId, granted)
    },
    decide(playerId, granted) {
      decisions++
      // Stored until the server knows of it, so that no later run asks it and takes its older yes.
      if (!granted) store.write(nameOf(playerId), 'no')
      tell(playerId, granted ? undefined : false)
    },
    watch() {
      const before = decisions
      return () => decisions === before
    },
    forgetRefusals: () => refused.clear(),
    onChange(run) {
      tell = run
    },
  }
}

const readCall: Call = { method: 'GET', path: '/privacy/consents' }

/** Reads the player's consents and remembers the one that analytics asks for. */
export async function readConsents(session: Session, memory: ConsentMemory) {
  const playerId = session.playerId()
  const isCurrent = memory.watch()
  const answer = await session.request<ConsentAnswer>(readCall, playerId)
  if (isCurrent()) memory.note(playerId, answer.consents.analytics)
  return answer
}

/** Writes consents. A withdrawal counts on this device at once, whether or not the server can be reached. */
export async function writeConsents(
  session: Session,
  memory: ConsentMemory,
  changes: ConsentChanges,
) {
  const playerId = session.playerId()
  if (changes.analytics !== undefined) memory.decide(playerId, changes.analytics)
  const isCurrent = memory.watch()
  const call = { method: 'PUT', path: '/privacy/consents', body: changes } as const
  const answer = await session.request<ConsentAnswer>(call, playerId)
  const { consents } = answer
  if (isCurrent()) {
    // What was read before this answer is out of date from now on.
    memory.decide(playerId, consents.analytics)
    memory.note(playerId, consents.analytics)
  }
  return answer
}
