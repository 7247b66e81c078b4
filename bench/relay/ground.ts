import type { Callable } from './calls.js'
import type { GameState } from './game-state.js'
import type { PlayerSocket } from './player-socket.js'

/** A state as it arrived, of the sender that the frame calls so. */
export interface Arrived {
  sender: string | number
  state: Partial<GameState>
}

/** A server under measurement, and how players speak to it. */
export interface Ground {
  name: string
  pid: number | undefined
  /** How long the server lets states wait to send them together. */
  tickMs: number
  /** A player in a room of so many. */
  enter(roomId: string, size: number): Promise<PlayerSocket>
  /** A whole frame that shows a state. */
  stateFrame(state: GameState): Buffer
  /** How many states of others a payload holds. */
  countIn(bytes: Buffer, from: number, to: number): number
  /** The same states, read: for one frame in many. */
  readIn(payload: Buffer): Arrived[]
  /** A connection that does nothing. */
  idle(): Promise<PlayerSocket>
  /** How it is asked something. */
  callable: Callable
  stop(): Promise<void>
}
