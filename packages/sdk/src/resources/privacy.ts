import { attempt, type Result } from '../core/result.js'
import type { Session } from '../core/session.js'
import { type ConsentMemory, type Consents, readConsents, writeConsents } from './consent.js'

/** What the player allows. */
export interface Privacy {
  /** Errors: `not_signed_in`. */
  getConsents(): Promise<Result<{ consents: Consents }>>
  /** Changes what is given; the others stay. Withdrawing `analytics` drops the events not sent yet. */
  setConsents(changes: Partial<Consents>): Promise<Result<{ consents: Consents }>>
}

export function createPrivacy(session: Session, memory: ConsentMemory): Privacy {
  return {
    getConsents: () => attempt(() => readConsents(session, memory)),
    setConsents: changes => attempt(() => writeConsents(session, memory, changes)),
  }
}
