import { hasCode } from '../core/error.js'
import { later } from '../core/timer.js'
import type { StateWriter } from './codec.js'
import type { Datagrams } from './datagrams.js'
import { createLatestOnly } from './latest-only.js'
import { createShownState, type ShownChange } from './shown-state.js'
import type { Socket } from './socket.js'

/** Shows this player's state to the room: the latest, a few times a second, and only what has changed. */
export interface StateSender {
  show(state: object): void
  /** The room shows this already: what this player does not show any more is to go. */
  note(state: object): void
  /** The relay may not know this player's state any more: it is shown again, whole. */
  showAgain(): void
  /** Something was refused, perhaps a state: the next one is shown whole. */
  doubt(): void
  /** Another room, or none: nothing was shown there yet. */
  forget(): void
}

export interface StateSenderParts {
  socket: Socket
  datagrams: Datagrams | undefined
  isInRoom(): boolean
  /** Of a room that declares its states, where the codec lets them travel as bytes. */
  writer(): StateWriter | undefined
}

const intervalMs = 50
/** A network that is this far behind, in bytes, would only get old states. */
const backlogLimit = 64 * 1024
/** A state that may have been lost is shown on the socket too, unless a newer one followed within this. */
const sureMs = 200

export function createStateSender({
  socket,
  datagrams,
  isInRoom,
  writer,
}: StateSenderParts): StateSender {
  let last: object | undefined
  const known = createShownState()
  let makeSure: (() => void) | undefined

  function packed({ state, removed = [] }: ShownChange): Uint8Array | undefined {
    const gone = Object.fromEntries(removed.map(name => [name, null]))
    return writer()?.write({ ...state, ...gone })
  }

  /** False when it cannot be sent now. */
  function sendBySocket(state: object): boolean {
    const change = known.changeTo(state)
    if (change === undefined) return true
    try {
      socket.send(packed(change) ?? { type: 'player_state_update', ...change })
    } catch (thrown) {
      return !hasCode(thrown, 'not_connected', 'connection_lost')
    }
    known.show(state)
    return true
  }

  const states = createLatestOnly<object>(intervalMs, given => {
    if (!isInRoom() || socket.backlog() > backlogLimit) return false
    // What nobody can see is not sent.
    const state = writer()?.settle(given) ?? given
    makeSure?.()
    makeSure = undefined
    // That a field is gone must arrive.
    const isWhole = known.changeTo(state)?.removed === undefined
    if (!isWhole || datagrams?.show(state) !== true) return sendBySocket(state)
    known.mayHaveShown(state)
    makeSure = later(sureMs, () => {
      if (isInRoom()) sendBySocket(state)
    })
    return true
  })

  return {
    show(state) {
      last = state
      states.push(state)
    },
    note: known.mayHaveShown,
    showAgain() {
      known.doubt()
      if (last !== undefined) states.push(last)
    },
    doubt: known.doubt,
    forget() {
      last = undefined
      states.clear()
      known.clear()
      makeSure?.()
      makeSure = undefined
    },
  }
}
