import { Problem } from '@aethex/shared/errors'
import type { z } from 'zod'
import { digitalConsentAges } from './digital-consent-ages.js'
import type { AgeAnswer } from './schema.js'
import type { ageGate } from './settings.js'

export type Gate = z.output<typeof ageGate.shape>

/** What is kept of an answer: whose law counts, and when childhood ends; null for who is no child. */
export interface AgeResult {
  country: string
  childUntil: Date | null
}

const oldest = 120

/** The age below which somebody of this country is a child here. */
export const childBelow = (gate: Gate, country: string): number =>
  Math.max(gate.child_below, gate.by_country[country] ?? digitalConsentAges[country] ?? 0)

function unbelievable(field: 'birth_date' | 'birth_year', reason: string) {
  return new Problem('invalid_request', { errors: [{ pointer: `/${field}`, reason }] })
}

/** Midnight UTC of the day on which somebody born then reaches an age; of a year only the last day is sure. */
function dayOfReaching(answer: AgeAnswer, age: number): Date {
  if (answer.birth_date === undefined)
    return new Date(Date.UTC(Number(answer.birth_year) + age + 1, 0, 1))
  const [year = 0, month = 1, day = 1] = answer.birth_date.split('-').map(Number)
  // The 29th of February of a year without one is the 1st of March.
  return new Date(Date.UTC(year + age, month - 1, day))
}

/** Rounded up to the start of a month: the exact day would tell the birthday. */
function startOfNextMonth(day: Date): Date {
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 1))
}

/** Judges an answer, and forgets the date. Throws `invalid_request` for another question's answer and for the unbelievable. */
export function judgeAge(gate: Gate, answer: AgeAnswer, now: Date): AgeResult {
  const given = answer.birth_date === undefined ? 'birth_year' : 'birth_date'
  if (given !== gate.ask) throw unbelievable(given, `is not asked for; ${gate.ask} is`)
  const year = Number(answer.birth_date?.slice(0, 4) ?? answer.birth_year)
  const isFuture =
    answer.birth_date === undefined
      ? year > now.getUTCFullYear()
      : dayOfReaching(answer, 0).getTime() > now.getTime()
  if (isFuture) throw unbelievable(given, 'lies in the future')
  if (year < now.getUTCFullYear() - oldest) throw unbelievable(given, 'lies too long ago')
  const { country } = answer
  const grown = dayOfReaching(answer, childBelow(gate, country))
  if (grown.getTime() <= now.getTime()) return { country, childUntil: null }
  return { country, childUntil: given === 'birth_year' ? grown : startOfNextMonth(grown) }
}

export const isSameResult = (one: AgeResult, other: AgeResult) =>
  one.childUntil?.getTime() === other.childUntil?.getTime()

export const isChildAt = ({ childUntil }: { childUntil: Date | null }, now: Date) =>
  childUntil !== null && childUntil.getTime() > now.getTime()
