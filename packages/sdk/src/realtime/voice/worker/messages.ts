import type { FrameKey } from '../frames/frame-key.js'
import type { FrameFault } from '../frames/opener.js'

/** Whose frames pass: this player's, on their way out, or those of another member. */
export type Pipe = { direction: 'out'; pipe_id: number } | { direction: 'in'; player_id: string }

/** What the page tells the worker. Keys cross over as handles; no script reads them. */
export type WorkerOrder =
  /** A new stay in a voice room, or its end: nothing passes until there are new keys. */
  | { type: 'begin'; player_id: string }
  | { type: 'own_key'; key_id: number; key: FrameKey }
  | { type: 'member_key'; player_id: string; key_id: number; key: FrameKey }
  | { type: 'forget'; player_id: string }
  /** While silent nothing is sent, not even sealed silence. */
  | { type: 'silence'; silent: boolean }
  /** For browsers whose encoded frames come as streams of the page (`createEncodedStreams`). */
  | { type: 'pipe'; pipe: Pipe; readable: ReadableStream; writable: WritableStream }

/** Frames of a member that were not played; told at most once a second. */
export interface FaultReport {
  type: 'fault'
  player_id: string
  fault: FrameFault
  count: number
}

/** What the worker tells the page; `passing` says that the first frame of a sender has come to be sealed. */
export type WorkerReport = FaultReport | { type: 'passing'; pipe_id: number }

/** An encoded frame of WebRTC (W3C WebRTC Encoded Transform §4): its content may be replaced. */
export interface EncodedFrame {
  data: ArrayBuffer
}

/** Where frames come from and go on to. */
export interface FrameStreams {
  readable: ReadableStream<EncodedFrame>
  writable: WritableStream<EncodedFrame>
}
