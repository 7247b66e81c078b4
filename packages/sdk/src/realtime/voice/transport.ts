/** What a transport tells voice. */
export interface VoiceSink {
  /** A member can be reached by `send`; it need not want to talk. */
  here(playerId: string): void
  /** It cannot any more. */
  gone(playerId: string): void
  /** A member has sent this to this player; the sender's id is the relay's word, not the sender's. */
  signal(playerId: string, kind: string, data: unknown): void
  /**
   * Sound leaves here. To be told in the task that made the sender, and so never of one that a remote offer made before:
   * Chromium takes no transform later, and sends in clear. Begin with silence, such as a disabled clone of the track:
   * only when this resolves is the sender known to be sealed, and may have the microphone.
   */
  sender(sender: RTCRtpSender): Promise<void>
  /**
   * A member's sound comes in here. To be told in the task that made the receiver: that of the `track` event, or of
   * `addTransceiver`, which makes one too. May be told again.
   */
  receiver(playerId: string, receiver: RTCRtpReceiver): void
}

/**
 * How sealed sound and the members' signals travel. The SDK's own is a mesh: everybody is connected to everybody,
 * which is good for eight. For larger rooms put one over an SFU here: it forwards frames that it cannot open.
 */
export interface VoiceTransport {
  /** The most members of a room, this player included. */
  readonly capacity: number
  /** Begins, for the room that this player is in. */
  open(room: { room_id: string; player_id: string }, sink: VoiceSink): void
  /** Ends; nothing of it is told to the sink any more. */
  close(): void
  /** To one member, by the relay, in order. */
  send(playerId: string, kind: string, data: object): void
  /** Lets a member hear the track from now on; keys are agreed on. An SFU that sends once for all does so at the first. */
  connect(playerId: string, track: MediaStreamTrack): void
  disconnect(playerId: string): void
  /** A member does not want to hear this player for now, or does again. */
  setSending(playerId: string, isSending: boolean): void
  /** Another microphone. */
  replaceTrack(track: MediaStreamTrack): void
}
