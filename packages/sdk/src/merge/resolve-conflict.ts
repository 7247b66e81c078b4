import { type FieldPreview, mergeDocuments, type Side } from './merge-documents.js'
import { MergeError } from './merge-error.js'
import type { MergeRules } from './rules.js'

export type ConflictStrategy = 'refuse' | 'newest' | 'longest_play_time' | 'keep_both' | 'merge'

export interface ConflictedSide {
  /** The document; left out for files, which nobody can look into. */
  data?: unknown
  /** What the device's clock said, RFC 3339. */
  client_time?: string | null | undefined
  /** When the server received it, RFC 3339. */
  received_at: string
  play_time_seconds?: number | null | undefined
}

export interface ConflictedSides {
  /** What both were made from; left out when nobody knows. */
  base?: unknown
  /** What is to be written. It arrived later than theirs. */
  mine: ConflictedSide
  /** What is there. */
  theirs: ConflictedSide
  rules?: MergeRules | undefined
}

export interface ResolvedConflict {
  /** `ask`: nothing is decided; `branched`: mine goes to a slot beside theirs. */
  outcome: Side | 'branched' | 'merged' | 'ask'
  /** What is to be written: nowhere when the outcome is `theirs`, and not before the answers are in when it is `ask`. */
  data?: unknown
  /** Every field that differs, also where one side as a whole was taken. */
  preview: FieldPreview[]
  /** Those fields of the preview that the player has to decide: for `applyAnswers`. */
  asks: FieldPreview[]
}

/** Milliseconds; a device's clock counts only as far as it does not run ahead of the server's. */
function timeOf({ client_time, received_at }: ConflictedSide): number {
  const received = Date.parse(received_at)
  if (Number.isNaN(received)) throw new MergeError('bad_time', 'received_at must be RFC 3339.')
  const told = Date.parse(client_time ?? received_at)
  return Number.isNaN(told) ? received : Math.min(told, received)
}

/** Which side was made later; mine when that cannot be told, because it arrived later. */
export const newerSide = ({ mine, theirs }: ConflictedSides): Side =>
  timeOf(theirs) > timeOf(mine) ? 'theirs' : 'mine'

function longerPlayed(sides: ConflictedSides): Side {
  const mine = sides.mine.play_time_seconds ?? undefined
  const theirs = sides.theirs.play_time_seconds ?? undefined
  if (mine === undefined || theirs === undefined || mine === theirs) return newerSide(sides)
  return mine > theirs ? 'mine' : 'theirs'
}

const nothing = { merged: undefined, preview: [], asks: [] }

function merge(sides: ConflictedSides) {
  const { base, mine, theirs, rules } = sides
  if (mine.data === undefined || theirs.data === undefined) return nothing
  const newer = newerSide(sides)
  return mergeDocuments({ base, mine: mine.data, theirs: theirs.data, rules, newer })
}

/** One side's document as it is, and what of the other one that throws away. */
function take(winner: Side, sides: ConflictedSides): ResolvedConflict {
  const wholly = merge({ ...sides, rules: { default: 'last_writer', fields: [] } })
  const preview = wholly.preview.map(({ result: _, ...field }): FieldPreview => {
    const taken = field[winner]
    return { ...field, outcome: winner, ...(taken === undefined ? {} : { result: taken }) }
  })
  return { outcome: winner, data: sides[winner].data, preview, asks: [] }
}

/**
 * What becomes of two versions made from one. Server and SDK decide by this same function.
 * Throws a MergeError for documents that are too deep or no JSON, for bad rules, and for a `received_at` that is no time.
 */
export function resolveConflict(
  strategy: ConflictStrategy,
  sides: ConflictedSides,
): ResolvedConflict {
  if (strategy === 'newest') return take(newerSide(sides), sides)
  if (strategy === 'longest_play_time') return take(longerPlayed(sides), sides)
  const { merged, preview, asks } = merge(sides)
  if (strategy === 'keep_both') {
    return { outcome: 'branched', data: sides.mine.data, preview, asks: [] }
  }
  if (strategy === 'refuse' || merged === undefined) return { outcome: 'ask', preview, asks }
  return { outcome: asks.length > 0 ? 'ask' : 'merged', data: merged, preview, asks }
}
