/** x, y, z, w. */
export type QuaternionParts = readonly [x: number, y: number, z: number, w: number]

/** Of the three smaller parts; none is larger than the square root of a half. */
const partBits = 10
/** An odd count of places, so that 0 is one of them. */
const furthest = 2 ** (partBits - 1) - 1
const perPlace = Math.SQRT1_2 / furthest

/** Two bits say which part is left out. */
export const quaternionBits = 2 + 3 * partBits

/** The turn as a whole number of 32 bits: the largest part, made positive, is left out and follows from the others. */
function nearestCode(parts: QuaternionParts): number {
  let largest = 0
  for (let index = 1; index < 4; index++) {
    if (Math.abs(parts[index] ?? 0) > Math.abs(parts[largest] ?? 0)) largest = index
  }
  // Relative to the largest, so that no square becomes infinite or nothing.
  const whole = parts[largest] ?? 1
  const [x, y, z, w] = parts
  const length = Math.hypot(x / whole, y / whole, z / whole, w / whole)
  let code = 0
  for (let index = 3; index >= 0; index--) {
    if (index === largest) continue
    const place = Math.round((parts[index] ?? 0) / whole / length / perPlace)
    const inside = Math.max(-furthest, Math.min(furthest, place))
    code = code * 2 ** partBits + inside + furthest
  }
  return code * 4 + largest
}

/** Undefined when no packer makes this code. */
export function quaternionOf(code: number): QuaternionParts | undefined {
  const largest = code % 4
  let rest = Math.floor(code / 4)
  let squares = 0
  const parts: [number, number, number, number] = [0, 0, 0, 0]
  for (let index = 0; index < 4; index++) {
    if (index === largest) continue
    const place = rest % 2 ** partBits
    if (place > 2 * furthest) return undefined
    const part = (place - furthest) * perPlace
    rest = Math.floor(rest / 2 ** partBits)
    parts[index] = part
    squares += part * part
  }
  // Three parts at their furthest would be longer than a unit: shortened, no largest is left.
  const length = Math.sqrt(Math.max(1, squares))
  for (let index = 0; index < 4; index++) parts[index] = (parts[index] ?? 0) / length
  parts[largest] = Math.sqrt(Math.max(0, 1 - squares))
  return parts
}

/** Nearly always the first is already the last. */
const mostRounds = 8

/**
 * The code of a turn, such that what it stands for has that same code. Where two parts are nearly the largest,
 * rounding may let them change places; then both codes lead to one of them.
 */
export function codeOfQuaternion(parts: QuaternionParts): number {
  let before = -1
  let code = nearestCode(parts)
  for (let round = 0; round < mostRounds; round++) {
    const next = nearestCode(quaternionOf(code) ?? parts)
    if (next === code) return code
    if (next === before) return Math.min(code, next)
    before = code
    code = next
  }
  return code
}
