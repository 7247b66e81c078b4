import { fieldOf, isEngineValue } from './documents.js'

/** What has an order: numbers of both kinds, instants in milliseconds, and truth (true is more than false). */
interface Quantity {
  kind: 'number' | 'instant' | 'truth'
  size: number | bigint
}

// A text of digits costs more than its length to read as a number: a save of 8 MB could be one of them.
const digits = /^-?\d{1,1000}$/
const longestDate = 40

function quantityOf(value: unknown): Quantity | undefined {
  if (typeof value === 'number') return { kind: 'number', size: value }
  if (typeof value === 'boolean') return { kind: 'truth', size: value ? 1 : 0 }
  const text = isEngineValue(value) ? fieldOf(value, 'value') : undefined
  if (typeof text !== 'string') return undefined
  const kind = fieldOf(value, '$aethex')
  if (kind === 'BigInt' && digits.test(text)) return { kind: 'number', size: BigInt(text) }
  const instant = kind === 'Date' && text.length <= longestDate ? Date.parse(text) : Number.NaN
  return Number.isNaN(instant) ? undefined : { kind: 'instant', size: instant }
}

/** The greater or the lesser of two values; undefined when they have no common order. */
export function furthest(rule: 'max' | 'min', one: unknown, other: unknown): unknown {
  const [first, second] = [quantityOf(one), quantityOf(other)]
  if (first === undefined || second?.kind !== first.kind) return undefined
  // 1 as a number and as a big integer: any choice will do that is the same for both sides.
  const isFirstGreater =
    first.size === second.size || !(first.size < second.size || first.size > second.size)
      ? JSON.stringify(one) > JSON.stringify(other)
      : first.size > second.size
  return isFirstGreater === (rule === 'max') ? one : other
}

const isWhole = (size: number | bigint) => typeof size === 'bigint' || Number.isSafeInteger(size)

/**
 * What both sides have added to or taken from the base, applied together; a base that is not there is 0.
 * Undefined when there is no such value, or none that could be kept exactly.
 */
export function sumOfChanges(base: unknown, mine: unknown, theirs: unknown): unknown {
  const sizes = [mine, theirs, base === undefined ? 0 : base].map(value => {
    const quantity = quantityOf(value)
    return quantity?.kind === 'number' ? quantity.size : undefined
  })
  const [first, second, start] = sizes
  if (first === undefined || second === undefined || start === undefined) return undefined
  if (isWhole(first) && isWhole(second) && isWhole(start)) {
    const sum = BigInt(first) + BigInt(second) - BigInt(start)
    const isBig = [first, second, start].some(size => typeof size === 'bigint')
    if (isBig) return { $aethex: 'BigInt', value: String(sum) }
    return Number.isSafeInteger(Number(sum)) ? Number(sum) : undefined
  }
  if (typeof first === 'bigint' || typeof second === 'bigint' || typeof start === 'bigint') {
    return undefined
  }
  const sum = first + second - start
  return Number.isFinite(sum) ? sum : undefined
}
