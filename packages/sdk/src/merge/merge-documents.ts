import {
  assertDocument,
  type Fields,
  fieldOf,
  isFields,
  isList,
  membersOfSet,
  setField,
} from './documents.js'
import { Identity } from './identity.js'
import { longestPath, pointerTo } from './pointer.js'
import { furthest, sumOfChanges } from './quantities.js'
import { type DeclaredRule, type FieldRule, type MergeRules, RulesAt } from './rules.js'
import { type Lists, memberName, pairMembers, uniteValues } from './union.js'

/** `mine` is the document to be written, `theirs` the one that is there already. */
export type Side = 'mine' | 'theirs'

/**
 * A field that differs, or of which `sum` counts two changes that are alike, in plain data. A value that is left out is
 * not there on that side.
 */
export interface FieldPreview {
  /** JSON pointer into the merged document; '' is all of it, `/list/-` a member that the merge leaves out of a list. */
  path: string
  base?: unknown
  mine?: unknown
  theirs?: unknown
  /** The rule that holds for the field, or what decides where that rule cannot. */
  rule: FieldRule
  /** Whose value the merged document has; `both` when it is made of the two. */
  outcome: Side | 'both' | 'ask'
  /** What the merged document has. Left out when the field is gone, or has to be asked for. */
  result?: unknown
}

export interface MergeInput {
  /** What both sides were made from; left out (or undefined) when nobody knows. */
  base?: unknown
  mine: unknown
  theirs: unknown
  rules?: MergeRules | undefined
  /** Whom `last_writer` follows. */
  newer: Side
}

export interface MergedDocument {
  /** Shares parts with the documents it was made of. A field that is asked for holds its newer value meanwhile. */
  merged: unknown
  preview: FieldPreview[]
  /** Those fields of the preview that the player has to decide. */
  asks: FieldPreview[]
}

/** The same place in all three documents. */
interface Versions {
  base: unknown
  mine: unknown
  theirs: unknown
}

class Merging {
  readonly preview: FieldPreview[] = []
  private readonly identity = new Identity()

  constructor(
    private readonly newer: Side,
    private readonly hasBase: boolean,
  ) {}

  /** What becomes of one place; undefined when it is gone. */
  at(path: string, rules: RulesAt, versions: Versions): unknown {
    const { base, mine, theirs } = versions
    const { rule, whole } = rules.declared
    const isWhole = whole === true || path.length > longestPath
    if (isFields(mine) && isFields(theirs) && !isWhole) {
      return this.fields(path, rules, { base, mine, theirs })
    }
    if (this.identity.same(mine, theirs)) return this.agreement(path, rules, versions)
    if (this.identity.same(base, mine)) return this.settle(path, rule, versions, theirs)
    if (this.identity.same(base, theirs)) return this.settle(path, rule, versions, mine)
    if (mine === undefined || theirs === undefined) return this.deletion(path, rules, versions)
    return this.conflict(path, rules, versions)
  }

  private fields(path: string, rules: RulesAt, sides: { base: unknown } & Record<Side, Fields>) {
    const merged: Fields = {}
    const base = isFields(sides.base) ? sides.base : undefined
    const older = this.newer === 'mine' ? sides.theirs : sides.mine
    for (const name of new Set([...Object.keys(sides[this.newer]), ...Object.keys(older)])) {
      const value = this.at(pointerTo(path, name), rules.inside(name), {
        base: fieldOf(base, name),
        mine: fieldOf(sides.mine, name),
        theirs: fieldOf(sides.theirs, name),
      })
      if (value !== undefined) setField(merged, name, value)
    }
    return merged
  }

  /** Both sides have the same. Two changes that are alike are still two where changes are added up. */
  private agreement(path: string, rules: RulesAt, versions: Versions): unknown {
    const { base, mine, theirs } = versions
    if (!this.hasBase || mine === undefined || this.identity.same(base, mine)) return mine
    for (const declared of [rules.declared, rules.everywhere]) {
      const { rule, key } = declared
      if (rule === 'union' && key !== undefined && isList(mine) && isList(theirs)) {
        return this.lists(path, declared, rules, { base, mine, theirs })
      }
      const sum = rule === 'sum' ? sumOfChanges(base, mine, theirs) : undefined
      if (sum !== undefined) return this.settle(path, rule, versions, sum)
      if (rule !== 'union' && rule !== 'sum') break
    }
    return mine
  }

  /** One side took away what the other has changed. */
  private deletion(path: string, { declared: { rule } }: RulesAt, versions: Versions) {
    const kept = versions.mine === undefined ? versions.theirs : versions.mine
    if (rule === 'ask') return this.ask(path, versions, kept)
    return this.settle(path, rule, versions, rule === 'last_writer' ? versions[this.newer] : kept)
  }

  /** Both sides have changed it, each to something else. */
  private conflict(path: string, rules: RulesAt, versions: Versions): unknown {
    const { base, mine, theirs } = versions
    for (const declared of [rules.declared, rules.everywhere]) {
      const { rule } = declared
      if (rule === 'ask') break
      if (rule === 'last_writer') return this.settle(path, rule, versions, versions[this.newer])
      if (rule === 'union' && isList(mine) && isList(theirs) && path.length <= longestPath) {
        return this.lists(path, declared, rules, { base, mine, theirs })
      }
      const combined = this.combine(rule, versions)
      if (combined !== undefined) return this.settle(path, rule, versions, combined)
    }
    return this.ask(path, versions, versions[this.newer])
  }

  private combine(rule: FieldRule, { base, mine, theirs }: Versions): unknown {
    if (rule === 'max' || rule === 'min') return furthest(rule, mine, theirs)
    if (rule === 'union') return this.sets(base, mine, theirs)
    if (rule !== 'sum') return undefined
    // Without a base the changes are unknown, and adding up would count twice what both sides had.
    return this.hasBase ? sumOfChanges(base, mine, theirs) : furthest('max', mine, theirs)
  }

  private sets(base: unknown, mine: unknown, theirs: unknown): unknown {
    const [own, other] = [membersOfSet(mine), membersOfSet(theirs)]
    if (own === undefined || other === undefined) return undefined
    const lists = { base: membersOfSet(base), mine: own, theirs: other }
    return { $aethex: 'Set', value: uniteValues(this.identity, this.newer, lists) }
  }

  private lists(path: string, { rule, key }: DeclaredRule, rules: RulesAt, lists: Lists): unknown {
    if (key === undefined) {
      return this.settle(path, rule, lists, uniteValues(this.identity, this.newer, lists))
    }
    const before = this.preview.length
    const merged: unknown[] = []
    for (const member of pairMembers(this.identity, key, this.newer, lists)) {
      const told = this.preview.length
      const inside = rules.inside(memberName(member.mine ?? member.theirs, key))
      const kept = this.at(pointerTo(path, merged.length), inside, member)
      if (kept !== undefined) merged.push(kept)
      else if (this.preview[told] !== undefined) this.preview[told].path = pointerTo(path, '-')
    }
    const isOrderAll =
      this.preview.length === before && !this.identity.same(lists.mine, lists.theirs)
    if (isOrderAll) this.settle(path, rule, lists, merged)
    return merged
  }

  private settle(path: string, rule: FieldRule, versions: Versions, result: unknown): unknown {
    const isMine = this.identity.same(result, versions.mine)
    const isTheirs = this.identity.same(result, versions.theirs)
    const outcome = isMine ? 'mine' : isTheirs ? 'theirs' : 'both'
    const told = previewOf(path, versions, rule, outcome)
    if (result !== undefined) told.result = result
    this.preview.push(told)
    return result
  }

  private ask(path: string, versions: Versions, meanwhile: unknown): unknown {
    this.preview.push(previewOf(path, versions, 'ask', 'ask'))
    return meanwhile
  }
}

function previewOf(
  path: string,
  { base, mine, theirs }: Versions,
  rule: FieldRule,
  outcome: FieldPreview['outcome'],
): FieldPreview {
  const field: FieldPreview = { path, rule, outcome }
  if (base !== undefined) field.base = base
  if (mine !== undefined) field.mine = mine
  if (theirs !== undefined) field.theirs = theirs
  return field
}

/**
 * Brings two documents together, field by field, by what each side has changed since the base.
 * Throws a MergeError for documents that are too deep or no JSON, and for rules that cannot be followed.
 */
export function mergeDocuments({ base, mine, theirs, rules, newer }: MergeInput): MergedDocument {
  if (base !== undefined) assertDocument(base)
  assertDocument(mine)
  assertDocument(theirs)
  const merging = new Merging(newer, base !== undefined)
  const merged = merging.at('', RulesAt.root(rules ?? { fields: [] }), { base, mine, theirs })
  const { preview } = merging
  return { merged, preview, asks: preview.filter(({ outcome }) => outcome === 'ask') }
}
