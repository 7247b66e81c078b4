import type { Session } from '../core/session.js'
import type { Store } from '../core/storage.js'
import type { components } from '../generated/openapi.js'

/** What a player has agreed to: `analytics`, `marketing`, `voice`, `third_parties`. */
export type Consents = components['schemas']['Consents']

/** What this device knows of the players' agreement to analytics; the server has the last word. */
export interface ConsentMemory {
  isGranted(playerId: string): boolean
  note(playerId: string, granted: boolean): void
  onWithdrawn(run: (playerId: string) => void): void
}

export function createConsentMemory(store: Store): ConsentMemory {
  let forget: (playerId: string) => void = () => {}
  return {
    isGranted: playerId => store.read(`consent.${playerId}`) === 'yes',
    note(playerId, granted) {
      store.write(`consent.${playerId}`, granted ? 'yes' : null)
      if (!granted) forget(playerId)
    },
    onWithdrawn(run) {
      forget = run
    },
  }
}

/** Reads the player's consents and remembers the one that analytics asks for. */
export async function readConsents(session: Session, memory: ConsentMemory) {
  const playerId = session.playerId()
  const call = { method: 'GET', path: '/privacy/consents' } as const
  const { consents } = await session.request<{ consents: Consents }>(call, playerId)
  memory.note(playerId, consents.analytics)
  return { consents }
}

/** Writes consents. A withdrawal counts on this device at once, whether or not the server can be reached. */
export async function writeConsents(
  session: Session,
  memory: ConsentMemory,
  changes: Partial<Consents>,
) {
  const playerId = session.playerId()
  if (changes.analytics === false) memory.note(playerId, false)
  const call = { method: 'PUT', path: '/privacy/consents', body: changes } as const
  const { consents } = await session.request<{ consents: Consents }>(call, playerId)
  memory.note(playerId, consents.analytics)
  return { consents }
}
