import type { AeThexError } from '../../core/error.js'

/** What `voice.on` can listen to. */
export interface VoiceEvents {
  /** Voice is on or off: by `enable`, or off because the room was left. */
  enabled: [isEnabled: boolean]
  /** A member of the room can be talked to, under keys that only the two have. */
  joined: [player_id: string]
  left: [player_id: string]
  /** Somebody begins or stops to speak, this player included. */
  speaking: [player_id: string, isSpeaking: boolean]
  /** Something that no call waits for: a microphone that was unplugged, frames that do not open. */
  error: [error: AeThexError]
}

/** A place in the world of the game, in whatever unit it counts; y points up, as WebAudio has it. */
export interface Position {
  x: number
  y: number
  z: number
}

/** Where this player's ears are. Forward and up, unless said, are those of a camera that looks along -z. */
export interface ListenerPose {
  position: Position
  forward?: Position
  up?: Position
}
