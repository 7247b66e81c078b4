import type { Http } from '../core/http.js'
import { attempt, type Result } from '../core/result.js'
import type { Session } from '../core/session.js'
import type { components } from '../generated/openapi.js'
import type { ConsentMemory } from './consent.js'

/** What the player may do: `chat`, `voice`, `analytics`, `marketing`, `third_parties`. */
export type Permissions = components['schemas']['Permissions']

/** What follows from a player's age, and from what was agreed to. */
export interface Permitted {
  is_child: boolean
  /** The player has to say how old they are: until then they may as little as a child. */
  age_required: boolean
  permissions: Permissions
}

/** When somebody was born, in the form that the gate asks for. */
export type AgeAnswer = { country: string } & ({ birth_date: string } | { birth_year: number })

/** The question for the player's age. Ask it neutrally: without a default, and without saying which age would do. */
export interface Age {
  /** Whether to ask, and for what. Needs nobody signed in. `country` has two letters. */
  gate(country?: string): Promise<Result<components['schemas']['AgeGate']>>
  /**
   * Gives the player's answer; only what follows from it is kept. This device remembers it for a day.
   * Errors: `age_answered`, `age_not_asked`, `invalid_request`.
   */
  answer(answer: AgeAnswer): Promise<Result<Permitted>>
}

interface AgeParts {
  http: Http
  session: Session
  memory: ConsentMemory
  deviceSecret: () => Promise<string>
}

export function createAge({ http, session, memory, deviceSecret }: AgeParts): Age {
  async function give(answer: AgeAnswer): Promise<Permitted> {
    const playerId = session.playerId()
    const body = { ...answer, device_secret: await deviceSecret() }
    const call = { method: 'POST', path: '/auth/age', body, repeatable: true } as const
    const permitted = await session.request<Permitted>(call, playerId)
    // What a child did before the answer is not told to anybody.
    memory.note(playerId, permitted.permissions.analytics)
    return permitted
  }
  return {
    gate: country =>
      attempt(() => http.request({ method: 'GET', path: '/age/gate', query: { country } })),
    answer: answer => attempt(() => give(answer)),
  }
}
