import { notFound, Problem } from '@aethex/shared/errors'
import { isGiven, mayRead, mayWrite, type Side } from './access.js'
import { mergePatch } from './merge-patch.js'
import type { Access } from './schema.js'
import type { DocumentRow, NewDocument, Place, Usage } from './store.js'

/** What the writer says the document must be: at one of its versions, there at all, or not there. */
export type Condition = { version: number } | 'present' | 'absent' | undefined

export type Change = Place & { condition: Condition } & (
    | { op: 'put'; value: unknown; access: Access | undefined }
    | { op: 'patch'; patch: Record<string, unknown>; access: Access | undefined }
    | { op: 'delete' }
  )

export const largestValue = 262_144

/** A document as a write leaves it, with its value. */
export interface NextDocument extends NewDocument {
  value: unknown
}

function assertCondition(condition: Condition, current: DocumentRow | undefined): void {
  const version = current?.version ?? 0
  const holds =
    condition === undefined ||
    (condition === 'present' && version > 0) ||
    (condition === 'absent' && version === 0) ||
    (typeof condition === 'object' && condition.version === version)
  if (!holds) throw new Problem('version_mismatch', { extensions: { version } })
}

const notYours = () =>
  new Problem('forbidden', {
    detail: 'Owner and server documents are written by the studio’s server alone.',
  })

function assertWritable(change: Change, current: DocumentRow | undefined, side: Side): void {
  if (current !== undefined && !mayWrite(side, current.access)) {
    // The key of a hidden document cannot be had; beyond that it is not there.
    throw mayRead(side, current.access) || change.op === 'put' ? notYours() : notFound()
  }
  if (current === undefined && change.op !== 'put') throw notFound()
  if (change.op !== 'delete' && change.access !== undefined && !mayWrite(side, change.access)) {
    throw notYours()
  }
}

function encode(value: unknown): { text: string; size: number } {
  const text = JSON.stringify(value)
  const size = Buffer.byteLength(text)
  if (size <= largestValue) return { text, size }
  throw new Problem('body_too_large', {
    detail: `The value is larger than ${largestValue} bytes as JSON.`,
    extensions: { limit_bytes: largestValue },
  })
}

/**
 * What a write makes of a document; undefined when it ends it. `floor` is the highest version that is gone.
 * Throws `forbidden`, `not_found`, `version_mismatch` (with the `version` that is there), `body_too_large`.
 */
export function apply(
  change: Change,
  current: DocumentRow | undefined,
  side: Side,
  floor: number,
): NextDocument | undefined {
  assertWritable(change, current, side)
  assertCondition(change.condition, current)
  if (change.op === 'delete') return undefined
  const { collection, key } = change
  const value = change.op === 'put' ? change.value : mergePatch(current?.value, change.patch)
  return {
    collection,
    key,
    value,
    ...encode(value),
    access: change.access ?? current?.access ?? 'private',
    version: (current?.version ?? floor) + 1,
  }
}

/** What a player's documents take once `before` has become `after`. */
export function account(
  usage: Usage,
  before: Pick<DocumentRow, 'access' | 'size' | 'version'> | undefined,
  after: Pick<NewDocument, 'access' | 'size'> | undefined,
): Usage {
  const sums = { ...usage }
  const count = (document: { access: Access; size: number }, sign: 1 | -1) => {
    const side = isGiven(document.access) ? 'given' : 'own'
    sums[`${side}_documents`] += sign
    sums[`${side}_bytes`] += sign * document.size
  }
  if (before !== undefined) count(before, -1)
  if (after !== undefined) count(after, 1)
  if (before !== undefined && after === undefined) {
    sums.highest_ended = Math.max(sums.highest_ended, before.version)
  }
  return sums
}

type Limit = Exclude<keyof Usage, 'highest_ended'>
const limits: readonly Limit[] = ['own_documents', 'own_bytes', 'given_documents', 'given_bytes']

/** Refuses growth beyond a limit with `limit_reached`; what is beyond it already may shrink. */
export function assertRoom(before: Usage, after: Usage, allowed: Record<Limit, number>): void {
  for (const limit of limits) {
    if (after[limit] <= allowed[limit] || after[limit] <= before[limit]) continue
    throw new Problem('limit_reached', {
      detail: `The documents of a player may come to ${allowed[limit]} (${limit}).`,
      extensions: { limit, allowed: allowed[limit], used: before[limit] },
    })
  }
}
