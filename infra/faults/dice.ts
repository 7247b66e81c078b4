import { createHash } from 'node:crypto'

/** Draws that a seed repeats. */
export interface Dice {
  /** From 0 up to, but without, 1. */
  next(): number
  /** A whole number from 0 up to, but without, `end`. */
  below(end: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
  /** One of the entries, each as likely as its weight is of the sum. */
  weighted<T>(entries: readonly (readonly [weight: number, value: T])[]): T
  shuffle<T>(items: readonly T[]): T[]
}

/** Three words of state and a counter, turned over once for each draw (the shape of Chris Doty-Humphrey's sfc32). */
function wordsOf(seed: string): () => number {
  const digest = createHash('sha256').update(seed).digest()
  let a = digest.readInt32LE(0)
  let b = digest.readInt32LE(4)
  let c = digest.readInt32LE(8)
  let counter = 1
  return () => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
}

/** Dice of their own for every name: what one link or device draws does not shift what another one does. */
export function diceOf(...seed: (string | number)[]): Dice {
  const word = wordsOf(seed.join('/'))
  const next = () => word() / 2 ** 32
  const below = (end: number) => Math.floor(next() * end)
  function pick<T>(items: readonly T[]): T {
    const [item] = items.slice(below(items.length))
    if (item === undefined) throw new Error('there is nothing to pick from')
    return item
  }
  return {
    next,
    below,
    chance: probability => next() < probability,
    pick,
    weighted(entries) {
      const sum = entries.reduce((total, [weight]) => total + weight, 0)
      let left = next() * sum
      for (const [weight, value] of entries) {
        left -= weight
        if (left < 0) return value
      }
      return pick(entries)[1]
    },
    shuffle(items) {
      const left = [...items]
      return items.flatMap(() => left.splice(below(left.length), 1))
    },
  }
}
