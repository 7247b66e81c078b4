import type { Save, SaveFacts } from './save.js'

/** Where the bytes of a version lie in the store of this device. */
export interface ContentRef {
  id: string
  content_type: string
  size: number
}

/** A write or a deletion that the server has not confirmed. Its id travels as Idempotency-Key: it is carried out once. */
export interface Operation {
  operation_id: string
  /** What is to be stored; null for a deletion. */
  content: ContentRef | null
  /** What the game has saved. Another one than `content` when a conflict was settled by merging. */
  made: ContentRef | null
  /** What it is made from: 0 for an empty slot, null for whatever is there, `previous` for the operation before it. */
  base_version: number | null | 'previous'
  /** The newer version that was met and dealt with, on top of which it goes. */
  sent_base?: number
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
  seen: {
    version: number | null
    content: ContentRef | null
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
  const made = operations.flatMap(({ content, made }) => [content, made])
  const all = [head.content, seen.content, ...made]
  return new Set(all.flatMap(content => (content === null ? [] : [content.id])))
}

/** The slot as a game would find it: what it has saved last, or else what the server has. */
export const workingContent = ({ head, operations }: SlotRecord): ContentRef | null => {
  const last = operations.at(-1)
  return last === undefined ? head.content : last.content
}

export type NewOperation = Omit<Operation, 'base_version' | 'attempted'>

/** Not sent yet, and all that it holds is the game's: what the game saves next may stand in for it. */
const isReplaceable = (last: Operation) => !last.attempted && last.made?.id === last.content?.id

/** The record with one operation more, in the place of the last one where nothing is lost by that. */
export function withOperation(
  record: SlotRecord,
  operation: NewOperation,
  base: { explicit: number | undefined; whenUnknown: number | null },
): SlotRecord {
  const { operations, seen } = record
  const last = operations.at(-1)
  const isOnTop = base.explicit === undefined
  const replaced = isOnTop && last !== undefined && isReplaceable(last) ? last : undefined
  const before = replaced === undefined ? operations : operations.slice(0, -1)
  const natural = before.length > 0 ? 'previous' : (seen.version ?? base.whenUnknown)
  const added: Operation = {
    ...operation,
    base_version: base.explicit ?? replaced?.base_version ?? natural,
    ...(replaced?.sent_base === undefined ? {} : { sent_base: replaced.sent_base }),
    attempted: false,
  }
  return { ...record, operations: [...before, added] }
}

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
  const follows =
    next?.base_version === 'previous' ? [{ ...next, base_version: seen.version }] : [next]
  const operations = next === undefined ? [] : [...follows, ...later]
  return { ...record, head, seen, operations: operations.filter(each => each !== undefined) }
}

/** The first operation was not carried out and never will be: what follows is made from what it was made from. */
export function withoutFirst(record: SlotRecord): SlotRecord {
  const [gone, next, ...later] = record.operations
  if (gone === undefined || next === undefined) return { ...record, operations: [] }
  const heir =
    next.base_version === 'previous' ? { ...next, base_version: gone.base_version } : next
  return { ...record, operations: [heir, ...later] }
}

/** Whether the game has the slot as it is here in its hands. */
export const isSeen = ({ head, seen, operations }: SlotRecord) =>
  operations.length > 0
    ? operations.every(({ made, content }) => made?.id === content?.id)
    : seen.version === head.version && seen.content?.id === head.content?.id

/** The game takes the slot as it is here into its hands: what was merged for it is its own from now on. */
export function asSeen(record: SlotRecord): SlotRecord {
  const { head, operations } = record
  if (operations.length === 0) {
    return { ...record, seen: { version: head.version, content: head.content } }
  }
  const taken = operations.map(each =>
    each.made?.id === each.content?.id
      ? each
      : { ...each, made: each.content, base_version: each.sent_base ?? each.base_version },
  )
  return { ...record, operations: taken }
}
