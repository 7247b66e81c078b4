import type { Listenable } from '../../core/emitter.js'

/** The part of WebRTC that the SDK needs; browsers have it, elsewhere a package such as `@roamhq/wrtc` does. */
export interface WebRtc {
  RTCPeerConnection: new (configuration?: RTCConfiguration) => RTCPeerConnection
}

/**
 * `connecting` for the first ten seconds, `connected` while the two reach each other, by a TURN server or without,
 * `relayed` while only the relay reaches both (it is tried again by itself), `closed` for good.
 */
export type PeerLinkState = 'connecting' | 'connected' | 'relayed' | 'closed'

/** What this player and one other member of the room have between them: one connection at a time. */
export interface PeerLink {
  readonly playerId: string
  /**
   * Another one takes its place when it has failed for good (`renewed`), with nothing of what was added to this one.
   * Tracks and transceivers may be added and taken away at any time: the negotiation happens by itself (perfect
   * negotiation, W3C WebRTC §10.7). Whoever adds something leaves the connection's signalling handlers alone, and
   * listens with `addEventListener`.
   */
  readonly connection: RTCPeerConnection
  readonly state: PeerLinkState
  /** Tells the other member something over the relay, in order; at most 16 KB as JSON. Nothing after `closed`. */
  sendSignal(kind: string, data: unknown): void
  /** Hears what the other member tells; `kind` is 1 to 32 letters, digits and `_`. Answers how to stop. */
  onSignal(kind: string, listener: (data: unknown) => void): () => void
}

export interface PeerMeshEvents {
  /** A connection to another member begins; `connection` takes tracks from this moment on. */
  link: [playerId: string, link: PeerLink]
  /** The link has another connection, which takes tracks from this moment on. */
  renewed: [playerId: string, link: PeerLink]
  /** It is over: the other left, stopped or came back as another page. A new `link` may follow. */
  unlink: [playerId: string]
  /** The state of a link has changed. */
  state: [playerId: string, link: PeerLink]
}

/** Whom the connections are for; they stand while anybody wants them. */
export type MeshUse = 'data' | 'voice'

/** One connection to each member of the room who wants them too, kept through rooms, losses and returns. */
export interface PeerMesh extends Listenable<PeerMeshEvents> {
  /** The links that stand, by the other's player id. */
  links(): ReadonlyMap<string, PeerLink>
  /** Begins, or joins in. Throws AeThexError `webrtc_missing` where there is none. Not before a room is joined: it waits. */
  start(use: MeshUse): void
  /** Lets go; the links end when nobody else wants them. */
  stop(use: MeshUse): void
}
