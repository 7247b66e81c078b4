import type { Save, SaveFacts } from './save.js'

/** Where the bytes of a version lie in the store of this device. */
export interface ContentRef {
  id: string
  content_type: string
  size: number
}

/** What something was made from: the ancestor in a conflict. */
export interface Base {
  /** 0: an empty slot. null: nobody knows, so it goes over whatever is there. */
  version: number | null
  /** null where this device does not have it. */
  content: ContentRef | null
}

/** A write or a deletion that the server has not confirmed. Its id travels as Idempotency-Key: it is carried out once. */
export interface Operation {
  operation_id: string
  /** What is to be stored; null for a deletion. */
  content: ContentRef | null
  /** What the game has saved. Another one than `content` when a conflict was settled by merging. */
  made: ContentRef | null
  /** What `made` was made from; `previous` is what the operation before it has made. */
  base: Base | 'previous'
  /** The newer version that was met and dealt with, on top of which it goes. */
  met?: Base
  facts: SaveFacts
  /** By the clock of this device. */
  made_at: string
  /** It may have reached the server, so it keeps its id and its body. */
  attempted: boolean
  /** What the server is to do about a newer version; as the studio has set it when left out. */
  on_conflict?: { strategy: string; branch?: string }
}

/** The server's newest version as this device knows it. */
export interface Head {
  /** 0: there is none. null: this device does not know. */
  version: number | null
  /** null when there is none, or none any more. */
  save: Save | null
  content: ContentRef | null
}

/** What this device knows of a slot. It is written as a whole, so that no crash can tear it. */
export interface SlotRecord {
  format: 1
  slot: string
  head: Head
  /**
   * What the game has in its hands: the version it loaded or saved last, and its content, the ancestor of what it saves
   * next. Behind `head` when another device has written since, or when a conflict was settled by merging.
   */
  seen: Base & {
    /** The content is no version of the server's: it was merged into one. */
    isOwn?: boolean
  }
  /** Oldest first. */
  operations: Operation[]
  /** Contents of the record before this one, which stands in for it when this one is damaged. */
  kept: string[]
}

const unknown: Head = { version: null, save: null, content: null }

export const emptyRecord = (slot: string): SlotRecord => ({
  format: 1,
  slot,
  head: unknown,
  seen: { version: null, content: null },
  operations: [],
  kept: [],
})

export const isDirty = ({ operations }: SlotRecord) => operations.length > 0

export function contentIds({ head, seen, operations }: SlotRecord): Set<string> {
  const named = operations.flatMap(({ content, made, base, met }) => [
    ...[content, made, met?.content ?? null],
    base === 'previous' ? null : base.content,
  ])
  const all = [head.content, seen.content, ...named]
  return new Set(all.flatMap(content => (content === null ? [] : [content.id])))
}

/** The slot as a game would find it: what it has saved last, or else what the server has. */
export const workingContent = ({ head, operations }: SlotRecord): ContentRef | null => {
  const last = operations.at(-1)
  return last === undefined ? head.content : last.content
}

export type NewOperation = Omit<Operation, 'base' | 'attempted'>

/** Nothing of another device was merged into it. */
const isOwnWork = ({ made, content }: Operation) => made?.id === content?.id

/** Not sent yet, and all that it holds is the game's: what the game saves next may stand in for it. */
const isReplaceable = (last: Operation) => !last.attempted && isOwnWork(last)

/**
 * The record with one operation more, in the place of the last one where nothing is lost by that. An `explicit` base is
 * never that of another operation; `whenUnknown` is the base where nothing is known of the slot.
 */
export function withOperation(
  record: SlotRecord,
  operation: NewOperation,
  { explicit, whenUnknown }: { explicit: number | undefined; whenUnknown: number | null },
): SlotRecord {
  const { operations, seen } = record
  const last = operations.at(-1)
  if (explicit !== undefined) {
    const content = explicit === seen.version ? seen.content : null
    return withLast(record, operations, { ...operation, base: { version: explicit, content } })
  }
  if (last === undefined) {
    const base = { version: seen.version ?? whenUnknown, content: seen.content }
    return withLast(record, [], { ...operation, base })
  }
  if (!isReplaceable(last)) {
    return withLast(record, operations, { ...operation, base: 'previous' })
  }
  const { base, met } = last
  const heir = { ...operation, base, ...(met === undefined ? {} : { met }) }
  return withLast(record, operations.slice(0, -1), heir)
}

const withLast = (
  record: SlotRecord,
  before: readonly Operation[],
  added: Omit<Operation, 'attempted'>,
): SlotRecord => ({ ...record, operations: [...before, { ...added, attempted: false }] })

/** The record in which the operation at hand has been changed. */
export const withFirst = (record: SlotRecord, change: Partial<Operation>): SlotRecord => ({
  ...record,
  operations: record.operations.map((operation, at) =>
    at === 0 ? { ...operation, ...change } : operation,
  ),
})

/** The first operation was carried out, and made `head`. */
export function withFirstDone(record: SlotRecord, head: Head): SlotRecord {
  const [done, next, ...later] = record.operations
  if (done === undefined) return record
  const isMerged = done.made?.id !== done.content?.id || head.content?.id !== done.content?.id
  // Its number stays behind, so that the server asks again whenever the game builds on what it has not loaded.
  const seen = isMerged
    ? { version: record.seen.version ?? 0, content: done.made, isOwn: true }
    : { version: head.version, content: head.content }
  const operations = withHeir(next, { version: seen.version, content: seen.content }, later)
  return { ...record, head, seen, operations }
}

/** What comes after an operation that is through, made from `base` where it was made from that one. */
function withHeir(
  next: Operation | undefined,
  base: Operation['base'],
  later: readonly Operation[],
): Operation[] {
  if (next === undefined) return []
  return [next.base === 'previous' ? { ...next, base } : next, ...later]
}

/** The first operation was not carried out and never will be: what follows is made from what it was made from. */
export function withoutFirst(record: SlotRecord): SlotRecord {
  const [gone, next, ...later] = record.operations
  return { ...record, operations: gone === undefined ? [] : withHeir(next, gone.base, later) }
}

/** Whether the game has the slot as it is here in its hands. */
export function isSeen({ head, seen, operations }: SlotRecord): boolean {
  const last = operations.at(-1)
  if (last !== undefined) return isOwnWork(last)
  return seen.version === head.version && seen.content?.id === head.content?.id
}

/** The game takes the slot as it is here into its hands: what was merged for it is its own work from now on. */
export function asSeen(record: SlotRecord): SlotRecord {
  const { head, operations } = record
  const last = operations.at(-1)
  if (last === undefined) {
    return { ...record, seen: { version: head.version, content: head.content } }
  }
  if (isOwnWork(last)) return record
  // What was saved before it was made from something else, and stays as it is.
  const taken = { ...last, made: last.content, base: last.met ?? last.base }
  return { ...record, operations: [...operations.slice(0, -1), taken] }
}
