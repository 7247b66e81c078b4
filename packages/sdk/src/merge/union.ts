import { fieldOf, isFields, isList } from './documents.js'
import type { Identity } from './identity.js'

/** The same list in all three documents; the base may be something else, or nothing. */
export interface Lists {
  base: unknown
  mine: readonly unknown[]
  theirs: readonly unknown[]
}

const keyOf = (member: unknown, key: string | undefined): unknown =>
  key !== undefined && isFields(member) ? fieldOf(member, key) : undefined

/** The name by which a rule's path may mean this member: the text of its key. */
export function memberName(member: unknown, key: string | undefined): string | undefined {
  const own = keyOf(member, key)
  return typeof own === 'string' || typeof own === 'number' ? String(own) : undefined
}

type Members = Map<number | string, unknown>

/** Members by what they are: their key, or else their value. Alike ones are told apart by counting. */
function recognise(identity: Identity, key: string | undefined, list: readonly unknown[]): Members {
  const members: Members = new Map()
  const counts = new Map<number, number>()
  for (const member of list) {
    const own = keyOf(member, key)
    // Even for values, odd for keys.
    const name = own === undefined ? identity.of(member) * 2 : identity.of(own) * 2 + 1
    const before = counts.get(name) ?? 0
    counts.set(name, before + 1)
    members.set(before === 0 ? name : `${name} ${before}`, member)
  }
  return members
}

/**
 * The same member in all three lists, undefined where it is missing. The newer list's order comes first, then what only
 * the other one has. A member that occurs twice in a list is two members: nothing that was there twice is dropped.
 */
export function pairMembers(
  identity: Identity,
  key: string | undefined,
  newer: 'mine' | 'theirs',
  lists: Lists,
): { base: unknown; mine: unknown; theirs: unknown }[] {
  const base = recognise(identity, key, isList(lists.base) ? lists.base : [])
  const mine = recognise(identity, key, lists.mine)
  const theirs = recognise(identity, key, lists.theirs)
  const [first, second] = newer === 'mine' ? [mine, theirs] : [theirs, mine]
  const names = [...first.keys()]
  for (const name of second.keys()) if (!first.has(name)) names.push(name)
  return names.map(name => ({
    base: base.get(name),
    mine: mine.get(name),
    theirs: theirs.get(name),
  }))
}

/** Members as values: all that a side has added, without what a side has removed. */
export function uniteValues(identity: Identity, newer: 'mine' | 'theirs', lists: Lists): unknown[] {
  return pairMembers(identity, undefined, newer, lists).flatMap(({ base, mine, theirs }) => {
    const isInBoth = mine !== undefined && theirs !== undefined
    return isInBoth || base === undefined ? [mine === undefined ? theirs : mine] : []
  })
}
