import { AeThexError } from '../../core/error.js'

/** `history` is a path of its own on the server. */
export function assertSlot(slot: string): void {
  if (/^[a-z0-9_-]{1,64}$/.test(slot) && slot !== 'history') return
  throw new AeThexError(
    'invalid_request',
    'A slot is named with 1 to 64 of a-z, 0-9, _ and -, and not "history".',
  )
}

/** A copy that later changes of the game's own object do not reach. */
export function snapshot(data: unknown): unknown {
  let text: string | undefined
  try {
    text = JSON.stringify(data)
  } catch (cause) {
    throw new AeThexError('invalid_request', 'The data cannot be written as JSON.', { cause })
  }
  if (text === undefined) throw new AeThexError('invalid_request', 'There is no data to save.')
  return JSON.parse(text)
}

/** Whether two JSON values mean the same, however their keys are ordered. */
export function isSameJson(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const other = new Map<string, unknown>(Object.entries(b))
  const own = Object.entries(a)
  return (
    own.length === other.size &&
    own.every(([key, value]) => other.has(key) && isSameJson(value, other.get(key)))
  )
}

/** Runs work on one slot after another, and on different slots at once. */
export function createSlotOrder() {
  const last = new Map<string, Promise<unknown>>()
  return async <T>(slot: string, work: () => Promise<T>): Promise<T> => {
    const before = last.get(slot) ?? Promise.resolve()
    const mine = before.then(work, work)
    last.set(slot, mine)
    try {
      return await mine
    } finally {
      if (last.get(slot) === mine) last.delete(slot)
    }
  }
}
