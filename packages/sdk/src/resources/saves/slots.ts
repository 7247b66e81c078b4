import { AeThexError } from '../../core/error.js'

/** `history` is a path of its own on the server. */
export function assertSlot(slot: string): void {
  if (/^[a-z0-9_-]{1,64}$/.test(slot) && slot !== 'history') return
  throw new AeThexError(
    'invalid_request',
    'A slot is named with 1 to 64 of a-z, 0-9, _ and -, and not "history".',
  )
}
