import type { PeerLink, PeerMesh } from '../peers/peer-link.js'
import type { VoiceSink, VoiceTransport } from './transport.js'

/** Every member sends to each of the others: seven times what one voice takes, up and down. */
const capacity = 8
/** What members tell each other about voice; the relay lets these pass only between players who may have it. */
const kinds = ['voice_key', 'voice_frame_key', 'voice_mute', 'voice_bye']

interface Way {
  link: PeerLink
  /** The link's, until it has another. */
  connection: RTCPeerConnection
  /** What carries this player's voice there: silence until the sender is known to be sealed. */
  outward:
    | { transceiver: RTCRtpTransceiver; silence: MediaStreamTrack; isSealed: boolean }
    | undefined
  /** What carries theirs here. */
  inward: Set<RTCRtpTransceiver>
  isSending: boolean
  /** Hears no more tracks of the connection. */
  ignore(): void
  /** Hears no more signals of the link. */
  stop(): void
}

/** Voice over the connections that peers have anyway. */
export function createMeshTransport(mesh: PeerMesh): VoiceTransport {
  const ways = new Map<string, Way>()
  let current: MediaStreamTrack | undefined
  let sinkNow: VoiceSink | undefined
  let stops: (() => void)[] = []

  /** Their sound on a connection; it may come, go and come again. */
  function watch({ playerId, connection }: PeerLink, inward: Way['inward'], sink: VoiceSink) {
    const onTrack = ({ receiver, transceiver }: RTCTrackEvent) => {
      if (receiver.track.kind !== 'audio') return
      inward.add(transceiver)
      sink.receiver(playerId, receiver)
    }
    connection.addEventListener('track', onTrack)
    return () => connection.removeEventListener('track', onTrack)
  }

  function take(link: PeerLink, sink: VoiceSink): void {
    const { playerId, connection } = link
    drop(playerId)
    const inward: Way['inward'] = new Set()
    const ignore = watch(link, inward, sink)
    const ends = kinds.map(kind => link.onSignal(kind, data => sink.signal(playerId, kind, data)))
    const stop = () => {
      for (const end of ends) end()
    }
    const outward = undefined
    ways.set(playerId, { link, connection, outward, inward, isSending: true, ignore, stop })
    sink.here(playerId)
  }

  /** The keys stay, for the member is the same: only the sound begins again, as it was. */
  function renew(way: Way, sink: VoiceSink): void {
    const wasHeard = way.outward !== undefined
    way.ignore()
    silence(way)
    way.connection = way.link.connection
    way.ignore = watch(way.link, way.inward, sink)
    if (wasHeard && current !== undefined) begin(way, current, sink)
  }

  /** Both directions: what is left in the description would still be sound, which the relay may not let pass. */
  function silence(way: Way): void {
    const all = [...way.inward]
    if (way.outward !== undefined) {
      way.outward.silence.stop()
      all.push(way.outward.transceiver)
    }
    way.outward = undefined
    way.inward.clear()
    if (way.connection.signalingState !== 'closed') for (const one of all) one.stop()
  }

  function drop(playerId: string): void {
    const way = ways.get(playerId)
    if (way === undefined) return
    ways.delete(playerId)
    way.ignore()
    way.stop()
    silence(way)
  }

  function feed({ outward, isSending }: Way): void {
    if (outward?.isSealed !== true) return
    // Refused when the connection has just closed: then there is nobody to hear it.
    outward.transceiver.sender.replaceTrack(isSending ? (current ?? null) : null).catch(() => {})
  }

  function begin(way: Way, track: MediaStreamTrack, sink: VoiceSink): void {
    const silence = track.clone()
    silence.enabled = false
    // Not addTrack: it may take a sender that the other's offer has made, and that does not ask the worker any more.
    const transceiver = way.connection.addTransceiver(silence, { direction: 'sendonly' })
    const outward = { transceiver, silence, isSealed: false }
    way.outward = outward
    sink.sender(transceiver.sender).then(
      () => {
        outward.isSealed = true
        if (way.outward === outward) feed(way)
        silence.stop()
      },
      // It cannot be sealed: it stays with silence.
      () => {},
    )
  }

  return {
    capacity,
    open(_room, sink) {
      sinkNow = sink
      stops = [
        mesh.on('link', (_playerId, link) => take(link, sink)),
        mesh.on('renewed', playerId => {
          const way = ways.get(playerId)
          if (way !== undefined) renew(way, sink)
        }),
        mesh.on('unlink', playerId => {
          drop(playerId)
          sink.gone(playerId)
        }),
      ]
      mesh.start('voice')
      for (const [playerId, link] of mesh.links()) if (!ways.has(playerId)) take(link, sink)
    },
    close() {
      for (const stop of stops) stop()
      stops = []
      for (const playerId of [...ways.keys()]) drop(playerId)
      sinkNow = undefined
      current = undefined
      mesh.stop('voice')
    },
    send: (playerId, kind, data) => ways.get(playerId)?.link.sendSignal(kind, data),
    connect(playerId, track) {
      current = track
      const way = ways.get(playerId)
      if (way === undefined || way.outward !== undefined || sinkNow === undefined) return
      way.isSending = true
      begin(way, track, sinkNow)
    },
    disconnect(playerId) {
      const way = ways.get(playerId)
      if (way !== undefined) silence(way)
    },
    setSending(playerId, isSending) {
      const way = ways.get(playerId)
      if (way === undefined) return
      way.isSending = isSending
      feed(way)
    },
    replaceTrack(track) {
      current = track
      for (const way of ways.values()) feed(way)
    },
  }
}
