import { attempt, type Result } from '../core/result.js'
import type { Session } from '../core/session.js'
import type { Permitted } from './age.js'
import {
  type ConsentAnswer,
  type ConsentChanges,
  type ConsentMemory,
  readConsents,
  writeConsents,
} from './consent.js'

/** What the player allows. */
export interface Privacy {
  /**
   * What counts now; `details` says since when, and what has to be asked (again). Errors: `not_signed_in`.
   */
  getConsents(): Promise<Result<ConsentAnswer>>
  /**
   * Changes what is given; the others stay. Withdrawing `analytics` drops the events not sent yet.
   * Errors: `age_required`, `parental_consent_required`, `policy_outdated`.
   */
  setConsents(changes: ConsentChanges): Promise<Result<ConsentAnswer>>
  /** What the player may do, by their age and by what was agreed to. */
  getPermissions(): Promise<Result<Permitted>>
  /**
   * Writes to the parent of a child and asks for their consent; `getPermissions` shows it once they have given it.
   * Errors: `not_a_child`, `rate_limited`.
   */
  requestParentalConsent(parentEmail: string, options?: { locale?: string }): Promise<Result>
}

export function createPrivacy(session: Session, memory: ConsentMemory): Privacy {
  async function readPermissions(): Promise<Permitted> {
    const playerId = session.playerId()
    const isCurrent = memory.watch()
    const call = { method: 'GET', path: '/auth/permissions' } as const
    const permitted = await session.request<Permitted>(call, playerId)
    if (isCurrent()) memory.note(playerId, permitted.permissions.analytics)
    return permitted
  }
  return {
    getConsents: () => attempt(() => readConsents(session, memory)),
    setConsents: changes => attempt(() => writeConsents(session, memory, changes)),
    getPermissions: () => attempt(readPermissions),
    requestParentalConsent: (parentEmail, { locale } = {}) =>
      attempt(async () => {
        const body = { parent_email: parentEmail, locale }
        await session.request({
          method: 'POST',
          path: '/privacy/parental-consent/request',
          body,
        })
        return {}
      }),
  }
}
