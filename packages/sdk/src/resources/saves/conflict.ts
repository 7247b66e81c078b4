import { type Answers, applyAnswers } from '../../merge/apply-answers.js'
import { type FieldPreview, mergeDocuments } from '../../merge/merge-documents.js'
import { newerSide } from '../../merge/resolve-conflict.js'
import type { MergeRules } from '../../merge/rules.js'
import { decodeValues } from '../../values/decode.js'
import { type Content, contentOf, dataOf, documentOf, jsonOf } from './content.js'
import type { Save, SaveFacts } from './save.js'

/**
 * Makes one of two: the data being saved and the newer data on the server (null when it was deleted).
 * Nothing checks that what the server has is a T.
 */
export type Merge<T = unknown> = (mine: T, theirs: T | null, current: Save) => T | Promise<T>

/** Two versions made from one: what this device has saved, and what another one has written meanwhile. */
export interface SaveConflict {
  save_id: string
  mine: { data: unknown; made_at: string; facts: SaveFacts }
  /** null when the slot was deleted. */
  theirs: { save: Save; data: unknown } | null
  /** What both were made from; undefined when nobody knows. */
  ancestor: unknown
  /** Every field that differs, in plain JSON, and what the rules make of it; empty for files. */
  preview: readonly FieldPreview[]
  /** Those of the preview that the rules leave to the player. */
  asks: readonly FieldPreview[]
  /** What the rules make of both, with the newer value where they ask; undefined for files. */
  merged: unknown
}

/**
 * What is to become of a conflict: one side; both, this device's in a slot of its own; the merged document, with an
 * answer for each field that was asked for; or any other data.
 */
export type ConflictChoice =
  | 'mine'
  | 'theirs'
  | 'keep_both'
  | { answers: Answers }
  | { data: unknown }

/** Decides a conflict, perhaps by asking the player; undefined leaves it open for `saves.resolve`. */
export type ConflictHandler = (
  conflict: SaveConflict,
) => ConflictChoice | undefined | Promise<ConflictChoice | undefined>

export interface ConflictPolicy {
  /**
   * `newest`, `longest_play_time` and `keep_both` are settled by the server, `merge` on this device, which has what both
   * were made from. Left out: as the studio has set it (`saves.conflicts`), and where that refuses, by `onConflict`.
   */
  strategy?: 'newest' | 'longest_play_time' | 'keep_both' | 'merge'
  /** For `merge`, and for the preview that `onConflict` gets; the studio's unless given. */
  rules?: MergeRules
  /** Decides what the strategy does not. */
  onConflict?: ConflictHandler
  /** Makes one of two by the game's own code, before anything else is tried. */
  merge?: Merge
}

/** The server needs nothing but facts for these; what takes a common ancestor is settled on the device, which has it. */
export const isDecidedByServer = (
  strategy: ConflictPolicy['strategy'],
): strategy is 'newest' | 'longest_play_time' | 'keep_both' =>
  strategy !== undefined && strategy !== 'merge'

/** All that a conflict is settled by. */
export interface ConflictSides {
  slot: string
  mine: { content: Content; made_at: string; facts: SaveFacts }
  /** The server's; without content when it is a deletion, null when it has none at all. */
  theirs: { save: Save; content: Content | undefined } | null
  ancestor: Content | undefined
  /** The studio's, where the game has none of its own. */
  rules: MergeRules | undefined
}

const sideOf = ({ updated_at, client_time }: Save) => ({ received_at: updated_at, client_time })

/** Both documents brought together; nothing for files, and where one side is a deletion. */
function mergeSides(sides: ConflictSides, rules: MergeRules | undefined) {
  const { mine, theirs, ancestor } = sides
  const own = jsonOf(mine.content)
  const other = theirs?.content && jsonOf(theirs.content)
  if (own === undefined || other === undefined || theirs === null) {
    return { merged: undefined, preview: [], asks: [] }
  }
  const made = { client_time: mine.made_at, received_at: new Date().toISOString() }
  return mergeDocuments({
    base: ancestor && jsonOf(ancestor),
    mine: own,
    theirs: other,
    rules: rules ?? sides.rules,
    newer: newerSide({ mine: made, theirs: sideOf(theirs.save) }),
  })
}

/** The conflict as a game sees it: with its own values, and with what the rules would make of it. */
export function describe(sides: ConflictSides, rules?: MergeRules): SaveConflict {
  const { slot, mine, theirs, ancestor } = sides
  const { merged, preview, asks } = mergeSides(sides, rules)
  return {
    save_id: slot,
    mine: { data: dataOf(mine.content), made_at: mine.made_at, facts: mine.facts },
    theirs: theirs?.content ? { save: theirs.save, data: dataOf(theirs.content) } : null,
    ancestor: ancestor && dataOf(ancestor),
    preview,
    asks,
    merged: decodeValues(merged),
  }
}

/** What is to be written on top of theirs; undefined when nothing in the policy decides it without asking. */
export async function settle(
  sides: ConflictSides,
  policy: ConflictPolicy,
  isOwnAncestor: boolean,
): Promise<Content | undefined> {
  const { mine, theirs } = sides
  if (policy.merge !== undefined && theirs !== null) {
    const other = theirs.content === undefined ? null : dataOf(theirs.content)
    return contentOf(await policy.merge(dataOf(mine.content), other, theirs.save))
  }
  // What was merged once goes on being merged: the server, which settled it so, does not know what it was made of.
  const isMerging = policy.strategy === 'merge' || (policy.strategy === undefined && isOwnAncestor)
  if (!isMerging) return undefined
  const { merged, asks } = mergeSides(sides, policy.rules)
  return merged === undefined || asks.length > 0 ? undefined : documentOf(merged)
}

/** The content that a choice stands for; undefined where it names none. */
export function chosenContent(
  sides: ConflictSides,
  choice: { answers: Answers } | { data: unknown },
  rules?: MergeRules,
): Content | undefined {
  if ('data' in choice) return contentOf(choice.data)
  const { merged, asks } = mergeSides(sides, rules)
  return merged === undefined ? undefined : documentOf(applyAnswers(merged, asks, choice.answers))
}
