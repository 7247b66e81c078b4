import type { Dice } from '../../../faults/dice.js'
import type { Kind } from './operation.js'

/** One call as a seed draws it. What depends on earlier answers is a share of what is known by then. */
export interface Step {
  slot: string
  kind: Kind
  /** `seen`: upon what the SDK last saw; `stale`: upon a version heard of before; `empty`: upon nothing. */
  base: 'seen' | 'stale' | 'empty'
  merges: boolean
  /** Which of the known versions a restore or a stale base means, from 0 to 1. */
  share: number
  filler: string
  /** How long the player thinks first. */
  pauseMs: number
}

const kinds: (readonly [number, Kind])[] = [
  [44, 'save'],
  [24, 'load'],
  [8, 'delete'],
  [7, 'restore'],
  [9, 'list'],
  [8, 'history'],
]

const bases: (readonly [number, Step['base']])[] = [
  [84, 'seen'],
  [8, 'stale'],
  [8, 'empty'],
]

// Mostly a few hundred bytes, now and then enough for several packets.
const sizes: (readonly [number, number])[] = [
  [70, 300],
  [25, 4_000],
  [5, 60_000],
]

/** Draws what a device does next. */
export function drawStep(dice: Dice, slots: readonly string[]): Step {
  const size = dice.below(dice.weighted(sizes))
  return {
    slot: dice.pick(slots),
    kind: dice.weighted(kinds),
    base: dice.weighted(bases),
    merges: dice.chance(0.4),
    share: dice.next(),
    filler: String.fromCodePoint(...Array.from({ length: 40 }, () => 0x21 + dice.below(400)))
      .repeat(Math.ceil(size / 40))
      .slice(0, size),
    pauseMs: dice.below(30),
  }
}
