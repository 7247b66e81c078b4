import type { Tree } from './tree.js'

/** Where a rule is broken. */
export interface Place {
  file: string
  /** Counted from 1. */
  line: number
  /** What was found there, when the line alone does not show it. */
  found?: string
}

export interface Rule {
  /** The sentence that must stay true. */
  name: string
  /** What to do instead, one sentence. */
  instead: string
  find(tree: Tree): Place[]
}

export interface Violation extends Place {
  rule: string
  instead: string
}

/** `rule-name: file:line: what to do instead` */
export const tell = ({ rule, file, line, found, instead }: Violation): string =>
  `${rule}: ${file}:${line}: ${instead}${found === undefined ? '' : ` (${found})`}`

/** The violations of a tree, rule by rule. */
export const violationsOf = (rules: readonly Rule[], tree: Tree): Violation[] =>
  rules.flatMap(({ name, instead, find }) =>
    find(tree).map(place => ({ rule: name, instead, ...place })),
  )
