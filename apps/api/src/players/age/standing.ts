import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import type { Parts } from '../../gateway/context.js'
import { rememberFor } from '../../gateway/remembered.js'
import { readSetting } from '../../studio/settings/service.js'
import { type Gate, isChildAt } from './child-until.js'
import { ageGate } from './settings.js'
import { type AgeRow, findAge, findAges } from './store.js'

/** What a player's age lets them decide for themselves. */
export interface Standing {
  /** The studio asks, and the player has not answered yet: nobody knows that they are no child. */
  mustAnswer: boolean
  isChild: boolean
  /** Null until the player has answered. */
  country: string | null
  /** Whether a parent has agreed to a child's account. */
  parentAgreed: boolean
  /** What that parent allows beyond the account itself. */
  parentGrants: ReadonlySet<string>
}

/** The setting, at most a second old. */
export const gateOf = rememberFor(1_000, ({ db }: Pick<Parts, 'db'>, environmentId) =>
  readSetting(environmentId, db, ageGate),
)

const toStanding = (gate: Gate, age: AgeRow | undefined, now: Date): Standing => ({
  mustAnswer: gate.enabled && age === undefined,
  isChild: age !== undefined && isChildAt(age, now),
  country: age?.country ?? null,
  parentAgreed: age?.parentAgreed ?? false,
  parentGrants: new Set(age?.parentAgreed === true ? age.parentGrants : []),
})

/** Asked anew each time but for the setting, so that a child is a child from their answer on. */
export async function standingOf(
  parts: Pick<Parts, 'db' | 'now'>,
  environmentId: string,
  playerId: string,
  db: Db = parts.db,
): Promise<Standing> {
  const [gate, age] = await Promise.all([
    gateOf(parts, environmentId),
    findAge(environmentId, db, playerId),
  ])
  return toStanding(gate, age, parts.now())
}

/** The same of many players, in the order of their ids. */
export async function standingsOf(
  parts: Pick<Parts, 'db' | 'now'>,
  environmentId: string,
  playerIds: readonly string[],
): Promise<Standing[]> {
  const [gate, ages] = await Promise.all([
    gateOf(parts, environmentId),
    findAges(environmentId, parts.db, playerIds),
  ])
  return playerIds.map(id => toStanding(gate, ages.get(id), parts.now()))
}

/**
 * Refuses to take what tells who somebody is (an e-mail, a name of their own, a picture) from a child whose parents
 * have not agreed (`parental_consent_required`), and from who has yet to say how old they are (`age_required`).
 */
export async function assertMayShareIdentity(
  parts: Pick<Parts, 'db' | 'now'>,
  environmentId: string,
  playerId: string,
): Promise<void> {
  const { mustAnswer, isChild, parentAgreed } = await standingOf(parts, environmentId, playerId)
  if (mustAnswer) throw new Problem('age_required')
  if (isChild && !parentAgreed) throw new Problem('parental_consent_required')
}
