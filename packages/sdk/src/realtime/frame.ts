import type { ServerMessage } from '../generated/messages.js'

/**
 * What a thing shows: fields; those with the names of removed ones; with its key when it is new; bytes in a room that
 * declares its states; null when it is gone.
 */
export type StateChange =
  | Record<string, unknown>
  | [fields: Record<string, unknown>, removed: string[], key?: string]
  | Uint8Array
  | null

/** States in a frame: the room's tick, then who and what, in turns. */
export type States = [tick: number, ...refsAndChanges: (number | StateChange)[]]

const isMessage = (value: unknown): value is ServerMessage =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'

const isStates = (value: unknown): value is States =>
  Array.isArray(value) && typeof value[0] === 'number'

/** What a frame holds, in order; nothing of what is neither a message nor states. */
export function contentsOf(frame: unknown): (ServerMessage | States)[] {
  if (isMessage(frame) || isStates(frame)) return [frame]
  if (!Array.isArray(frame)) return []
  return frame.filter(value => isMessage(value) || isStates(value))
}

/** Changes of states, one by one. */
export function* changesIn([, ...rest]: States): Generator<[ref: number, change: StateChange]> {
  for (let at = 0; at + 1 < rest.length; at += 2) {
    const [ref, change] = [rest[at], rest[at + 1]]
    if (typeof ref === 'number' && typeof change === 'object') yield [ref, change]
  }
}
