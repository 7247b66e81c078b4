import { AeThexError } from '../../core/error.js'
import { uuidv7 } from '../../core/uuid.js'
import { decodeValues } from '../../values/decode.js'
import {
  type ConflictChoice,
  type ConflictPolicy,
  type ConflictSides,
  chosenContent,
  settle,
} from './conflict.js'
import { type Content, documentOf, isSameContent } from './content.js'
import type { Put } from './device-copy.js'
import type { Save } from './save.js'
import type { SlotParts, SlotPlace, Stuck } from './slot-place.js'
import {
  type Base,
  type Head,
  type Operation,
  type SlotRecord,
  withFirst,
  withFirstDone,
  withoutFirst,
} from './slot-record.js'
import { hasData, type SaveWithData } from './wire.js'

type Theirs = ConflictSides['theirs']

const newHead = async (theirs: Theirs, put: Put): Promise<Head> => {
  if (theirs === null) return { version: 0, save: null, content: null }
  const { save, content } = theirs
  return content === undefined
    ? { version: save.version, save: null, content: null }
    : { version: save.version, save, content: await put(content) }
}

const asValues = (answer: SaveWithData | null | undefined) =>
  answer ? { ...answer, data: decodeValues(answer.data) } : null

/** The conflict with the values of the game in it, instead of the JSON that they travel as. */
const readable = ({ code, message, status, request_id, details }: AeThexError) =>
  new AeThexError(code, message, {
    status,
    request_id,
    details: {
      ...details,
      current: asValues(details.current),
      ancestor: asValues(details.ancestor),
    },
  })

/** The server remembers operations for a month; within that, its receipt tells whether a save has arrived. */
const receiptMs = 29 * 24 * 3600 * 1000

/**
 * Whether what is there is this very save, of which no receipt is left. The same content alone may be what two devices
 * have made, each for itself.
 */
const isOneSave = ({ made_at, content }: ConflictSides['mine'], save: Save, other: Content) =>
  Date.parse(made_at) < Date.now() - receiptMs &&
  Date.parse(save.client_time ?? '') === Date.parse(made_at) &&
  isSameContent(content, other)

/** A new operation for what the game has made, on top of what was met. */
const again = (operation: Operation, content: Operation['content'], met: Base): Operation => {
  const { on_conflict: _, ...rest } = operation
  return { ...rest, operation_id: uuidv7(), content, met, attempted: false }
}

const metIn = async (theirs: Theirs, put: Put): Promise<Base> => ({
  version: theirs?.save.version ?? 0,
  content: theirs?.content === undefined ? null : await put(theirs.content),
})

const withFirstAs = (record: SlotRecord, first: Operation): SlotRecord => ({
  ...record,
  operations: [first, ...record.operations.slice(1)],
})

/** What happens when the server has a newer version than the one an operation was made from. */
export function createMeeting({ copy, wire, listener }: SlotParts) {
  async function contentOfAnswer(
    at: SlotPlace,
    answer: SaveWithData,
  ): Promise<Content | undefined> {
    const { save } = answer
    if (save.deleted) return undefined
    if (hasData(answer)) return documentOf(answer.data)
    const reading = await wire.read(at.playerId, at.slot, { version: save.version })
    return reading.is === 'found' ? reading.content : undefined
  }

  /** What both sides were made from; undefined when nobody knows. */
  async function ancestorOf(
    at: SlotPlace,
    { base, met }: Operation,
    named: SaveWithData | null | undefined,
  ): Promise<Content | undefined> {
    if (base === 'previous' || base.version === null) return undefined
    const own = await copy.content(at.playerId, at.slot, base.content)
    if (own !== undefined) return own
    const { seen } = await at.read()
    // Where the game has found the slot empty, it was made from nothing, which is something else than unknown.
    if (base.version === 0) return seen.version === 0 ? documentOf({}) : undefined
    // The server tells of the version that was named, which after a merge is the one it was put on top of.
    if (met === undefined && named) return contentOfAnswer(at, named)
    const reading = await wire.read(at.playerId, at.slot, { version: base.version })
    return reading.is === 'found' ? reading.content : undefined
  }

  /** undefined when a load has given the game something else into its hands just now. */
  async function sidesOf(
    at: SlotPlace,
    operation: Operation,
    { details }: AeThexError,
  ): Promise<ConflictSides | undefined> {
    const content = await copy.content(at.playerId, at.slot, operation.made)
    if (content === undefined) return undefined
    const { current = null, ancestor, rules } = details
    return {
      slot: at.slot,
      mine: { content, made_at: operation.made_at, facts: operation.facts },
      theirs: current && { save: current.save, content: await contentOfAnswer(at, current) },
      ancestor: await ancestorOf(at, operation, ancestor),
      rules,
    }
  }

  async function rebase(at: SlotPlace, operation: Operation, theirs: Theirs, content?: Content) {
    const { operations } = await at.changeFirst(operation, async (record, put) => {
      const [first] = record.operations
      // What was merged here is of something that the game has left behind: it is sent, and met, once more.
      if (first === undefined || first.made?.id !== operation.made?.id) return undefined
      const sent = content === undefined ? first.made : await put(content)
      return withFirstAs(record, again(first, sent, await metIn(theirs, put)))
    })
    const [next] = operations
    if (next !== undefined) listener.onReplaced(operation, next)
  }

  async function noteDeleted(at: SlotPlace, operation: Operation, version: number | null) {
    await at.changeFirst(operation, record =>
      withFirstDone(record, { version, save: null, content: null }),
    )
    listener.onSent(operation, {})
  }

  /** Gives an operation up for what the server has. */
  async function takeTheirs(at: SlotPlace, operation: Operation, theirs: Theirs) {
    const record = await at.changeFirst(operation, async (before, put) => ({
      ...withoutFirst(before),
      head: await newHead(theirs, put),
    }))
    listener.onChanged(at, record)
  }

  /** It was not carried out, and what was saved after it has all that it had: true when there is such a one. */
  async function yieldToNext(at: SlotPlace, operation: Operation): Promise<boolean> {
    const [, next] = (await at.read()).operations
    if (next?.base !== 'previous') return false
    await at.changeFirst(operation, withoutFirst)
    listener.onReplaced(operation, next)
    return true
  }

  /** The server does not want it, now or later. */
  async function refusal(
    at: SlotPlace,
    operation: Operation,
    error: AeThexError,
  ): Promise<Stuck | undefined> {
    if (await yieldToNext(at, operation)) return undefined
    // What the game saves next may take its place.
    await at.changeFirst(operation, record => withFirst(record, { attempted: false }))
    return { at, operation, error }
  }

  /** What is there is what was to be saved. */
  async function takeForOwn(at: SlotPlace, operation: Operation, save: Save): Promise<void> {
    await at.changeFirst(operation, record => {
      const content = record.operations[0]?.made ?? null
      return withFirstDone(withFirst(record, { content }), { version: save.version, save, content })
    })
    listener.onSent(operation, { save })
  }

  /** A deletion that meets another version than the one it was to delete. */
  async function conflictOfDeletion(
    at: SlotPlace,
    operation: Operation,
    error: AeThexError,
  ): Promise<Stuck | undefined> {
    const { current = null } = error.details
    if (current === null || current.save.deleted) {
      await noteDeleted(at, operation, current?.save.version ?? 0)
      return undefined
    }
    // It never takes away what it has not seen.
    await takeTheirs(at, operation, {
      save: current.save,
      content: await contentOfAnswer(at, current),
    })
    return { at, operation, error: readable(error) }
  }

  async function conflict(
    at: SlotPlace,
    sent: Operation,
    error: AeThexError,
    mayGoOn: boolean,
  ): Promise<Stuck | undefined> {
    if (sent.made === null) return conflictOfDeletion(at, sent, error)
    const [operation = sent] = (await at.read()).operations
    const sides = await sidesOf(at, operation, error)
    if (sides === undefined) return mayGoOn ? undefined : { at, operation, error: readable(error) }
    const { theirs, mine } = sides
    if (theirs?.content !== undefined && isOneSave(mine, theirs.save, theirs.content)) {
      await takeForOwn(at, operation, theirs.save)
      return undefined
    }
    if (await yieldToNext(at, operation)) return undefined
    if (mayGoOn && (await settleAlone(at, operation, sides))) return undefined
    await at.changeFirst(operation, record => withFirst(record, { attempted: false }))
    return { at, operation, error: readable(error), sides }
  }

  /** True when the operation goes again, or not at all, without asking anybody. */
  async function settleAlone(
    at: SlotPlace,
    operation: Operation,
    sides: ConflictSides,
  ): Promise<boolean> {
    const { theirs, mine } = sides
    const { seen } = await at.read()
    const policy = listener.policyFor(operation)
    const settled = await settle(sides, policy, seen.isOwn === true)
    // The slot is as empty as the game has found it, or the server has lost what it had.
    const isEmpty = theirs === null || (theirs.content === undefined && seen.content === null)
    if (settled !== undefined || isEmpty) {
      await rebase(at, operation, theirs, settled)
      return true
    }
    const isAlike = theirs.content !== undefined && isSameContent(theirs.content, mine.content)
    // There is nothing to ask about.
    if (isAlike) await takeForOwn(at, operation, theirs.save)
    return isAlike
  }

  /** Carries out what somebody has decided about a conflict, for all that waits in the slot by now. */
  async function decide(
    { at, sides }: Stuck,
    choice: ConflictChoice,
    policy: ConflictPolicy,
  ): Promise<void> {
    if (sides === undefined) return
    const { theirs } = sides
    const isTheirs = choice === 'theirs'
    const decided = await at.change(async (record, put) => {
      const [first] = record.operations
      const last = record.operations.at(-1)
      if (first === undefined || last === undefined) return undefined
      if (isTheirs) return { ...record, operations: [], head: await newHead(theirs, put) }
      const mine = await copy.content(at.playerId, at.slot, last.made)
      const own = mine === undefined ? sides : { ...sides, mine: { ...sides.mine, content: mine } }
      const content =
        typeof choice === 'string' ? undefined : chosenContent(own, choice, policy.rules)
      const sent = content === undefined ? last.made : await put(content)
      const next = again({ ...last, base: first.base }, sent, await metIn(theirs, put))
      if (choice !== 'keep_both') return { ...record, operations: [next] }
      const { met: _, ...fresh } = next
      return { ...record, operations: [{ ...fresh, on_conflict: { strategy: 'keep_both' } }] }
    })
    if (isTheirs) listener.onChanged(at, decided)
  }

  return { conflict, refusal, noteDeleted, decide }
}
