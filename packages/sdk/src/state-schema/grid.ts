import { bitsUpTo } from './bits.js'

/** Evenly spaced numbers, each known by its place. */
export interface Grid {
  readonly bits: number
  /** The highest place. */
  readonly top: number
  /** The place of the nearest number; whatever lies outside takes the nearest end. */
  placeOf(value: number): number
  numberAt(place: number): number
}

export interface GridBounds {
  min: number
  max: number
  step: number
}

/** Beyond, the steps of a double (53 bits) become too coarse to tell places apart. */
const mostSteps = 2 ** 48

/** Why no grid can have these bounds; undefined when one can. */
export function refuseGrid({ min, max, step }: GridBounds): string | undefined {
  if (!(min <= max)) return 'min must not be above max'
  if (!(step > 0)) return 'step must be above 0'
  if (!(Math.max(Math.abs(min), Math.abs(max)) / step <= mostSteps)) {
    return 'step is too small for numbers of this size'
  }
  return undefined
}

/** The whole number that a value would be if doubles were exact: they are off by a 2 ** 53rd. */
const nearInteger = (value: number): number | undefined => {
  const rounded = Math.round(value)
  return Math.abs(value - rounded) <= Math.max(1, Math.abs(value)) / 2 ** 51 ? rounded : undefined
}

/** From `min` to `max` in steps; the last is a shorter or longer one when they do not come out even. */
export function createGrid({ min, max, step }: GridBounds): Grid {
  const top = Math.round((max - min) / step)
  const place = (distance: number) => Math.max(0, Math.min(top, Math.round(distance)))

  // Steps such as 0.01 are counted in hundredths: 123456 / 100 is 1234.56, while 123456 * 0.01 has noise behind it.
  const perUnit = nearInteger(1 / step)
  const first = perUnit === undefined ? undefined : nearInteger(min * perUnit)
  const isDecimal = perUnit !== undefined && perUnit > 0 && first !== undefined

  return {
    bits: bitsUpTo(top),
    top,
    placeOf(value) {
      const inside = value < min ? min : value > max ? max : value
      return place(isDecimal ? inside * perUnit - first : (inside - min) / step)
    },
    numberAt: isDecimal
      ? at => Math.min(max, (first + at) / perUnit)
      : at => Math.min(max, min + at * step),
  }
}
