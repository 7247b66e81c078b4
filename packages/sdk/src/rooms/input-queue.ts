import type { NumberedInput } from '../realtime/prediction.js'

/** A queue on its way to another node, as JSON. Its inputs were acknowledged, so they must not be lost. */
export interface KeptInputs {
  last: number
  /** As they came. */
  waiting: { number: number; input: unknown }[]
}

export interface InputQueueOptions<Input> {
  /** What a player sent, as an input; undefined when it is none. */
  read(value: unknown): Input | undefined
  /** Above this the oldest that are missing are given up; 128 unless said. */
  mostWaiting?: number
  /** What `keep` answered on the node that had the room before. */
  kept?: KeptInputs | undefined
}

/** The inputs of one player, in the order of their numbers, each once. */
export interface InputQueue<Input> {
  /** Takes what came. Numbers that were had before, and what has no number, are passed over. */
  add(numbered: unknown): void
  /** The next one; undefined while it is not there. An input that could not be read still has its number. */
  next(): NumberedInput<Input | undefined> | undefined
  /** Looks at the next one, and leaves it there. */
  peek(): NumberedInput<Input | undefined> | undefined
  /** The number of the last that `next` answered: tell it with the state, for `prediction.reconcile`. */
  last(): number
  /** For `onMove`. */
  keep(): KeptInputs
}

/** For rooms where the server decides: what `createPrediction` of a player numbers. */
export function createInputQueue<Input>(options: InputQueueOptions<Input>): InputQueue<Input> {
  const { read, mostWaiting = 128 } = options
  const waiting = new Map<number, { raw: unknown; input: Input | undefined }>()
  let last = options.kept?.last ?? 0

  function peek(): NumberedInput<Input | undefined> | undefined {
    if (waiting.size === 0) return undefined
    // What is missing for so long does not come any more.
    const number = waiting.size >= mostWaiting ? Math.min(...waiting.keys()) : last + 1
    const found = waiting.get(number)
    return found && { number, input: found.input }
  }

  function add(numbered: unknown): void {
    if (typeof numbered !== 'object' || numbered === null) return
    const number: unknown = Reflect.get(numbered, 'number')
    if (typeof number !== 'number' || !Number.isSafeInteger(number)) return
    if (number <= last || waiting.has(number) || waiting.size >= mostWaiting) return
    const raw: unknown = Reflect.get(numbered, 'input')
    waiting.set(number, { raw, input: read(raw) })
  }
  options.kept?.waiting.forEach(add)

  return {
    add,
    next() {
      const found = peek()
      if (found === undefined) return undefined
      waiting.delete(found.number)
      last = found.number
      return found
    },
    peek,
    last: () => last,
    keep: () => ({
      last,
      waiting: Array.from(waiting, ([number, { raw }]) => ({ number, input: raw })),
    }),
  }
}
