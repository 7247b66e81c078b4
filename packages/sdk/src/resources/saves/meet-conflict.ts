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
import type { SlotParts, SlotPlace, Stuck } from './slot-place.js'
import {
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

/** A new operation for what the game has made, on top of what was met. */
const again = (operation: Operation, content: Operation['content'], met: number): Operation => {
  const { on_conflict: _, ...rest } = operation
  return { ...rest, operation_id: uuidv7(), content, sent_base: met, attempted: false }
}

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

  async function sidesOf(
    at: SlotPlace,
    operation: Operation,
    { details }: AeThexError,
  ): Promise<ConflictSides> {
    const record = await at.read()
    const content = await copy.content(at.playerId, at.slot, operation.made)
    const { current = null, ancestor, rules } = details
    // The version by that number is not always what the game had in its hands.
    const isFromSeen = operation.base_version === record.seen.version
    const seen = isFromSeen
      ? await copy.content(at.playerId, at.slot, record.seen.content)
      : undefined
    // The server tells of the version that was named, which after a merge is the one it was put on top of.
    const isNamed = (operation.sent_base ?? operation.base_version) === operation.base_version
    return {
      slot: at.slot,
      mine: {
        content: content ?? documentOf(null),
        made_at: operation.made_at,
        facts: operation.facts,
      },
      theirs: current && { save: current.save, content: await contentOfAnswer(at, current) },
      ancestor: seen ?? (isNamed && ancestor ? await contentOfAnswer(at, ancestor) : undefined),
      rules,
    }
  }

  async function rebase(at: SlotPlace, operation: Operation, theirs: Theirs, content?: Content) {
    const met = theirs?.save.version ?? 0
    const { operations } = await at.changeFirst(operation, async (record, put) => {
      const sent = content === undefined ? operation.made : await put(content)
      return withFirstAs(record, again(operation, sent, met))
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
    if (next?.base_version !== 'previous') return false
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

  async function conflict(
    at: SlotPlace,
    operation: Operation,
    error: AeThexError,
    mayGoOn: boolean,
  ): Promise<Stuck | undefined> {
    const { current = null } = error.details
    if (operation.made === null) {
      if (current === null || current.save.deleted) {
        await noteDeleted(at, operation, current?.save.version ?? 0)
        return undefined
      }
      // What was deleted here is not what is there: a deletion never takes away what it has not seen.
      const sides = await sidesOf(at, operation, error)
      await takeTheirs(at, operation, sides.theirs)
      return { at, operation, error: readable(error) }
    }
    const sides = await sidesOf(at, operation, error)
    const { theirs, mine } = sides
    if (theirs?.content !== undefined && isSameContent(theirs.content, mine.content)) {
      // It has arrived before, though no receipt is left of it, or another device has made the same.
      const head = { version: theirs.save.version, save: theirs.save, content: operation.made }
      await at.changeFirst(operation, record =>
        withFirstDone(withFirst(record, { content: operation.made }), head),
      )
      listener.onSent(operation, { save: theirs.save })
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
    const { theirs } = sides
    const { seen } = await at.read()
    const policy = listener.policyFor(operation)
    const settled = await settle(sides, policy, seen.isOwn === true)
    // The slot is as empty as the game has found it, or the server has lost what it had.
    const isEmpty = theirs === null || (theirs.content === undefined && seen.content === null)
    if (settled === undefined && !isEmpty) return false
    await rebase(at, operation, theirs, settled)
    return true
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
      const next = again(
        { ...last, base_version: first.base_version },
        sent,
        theirs?.save.version ?? 0,
      )
      if (choice !== 'keep_both') return { ...record, operations: [next] }
      const { sent_base: _, ...fresh } = next
      return { ...record, operations: [{ ...fresh, on_conflict: { strategy: 'keep_both' } }] }
    })
    if (isTheirs) listener.onChanged(at, decided)
  }

  return { conflict, refusal, noteDeleted, decide }
}
