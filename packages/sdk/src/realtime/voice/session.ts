import { AeThexError, asAeThexError } from '../../core/error.js'
import type { FrameCipher } from './cipher.js'
import { makeMemberKeys } from './keys/agreement.js'
import { KeyExchange } from './keys/exchange.js'
import type { Sound } from './sound.js'
import { SpeakingWatch } from './speaking.js'
import type { VoiceSink, VoiceTransport } from './transport.js'
import type { FaultReport } from './worker/messages.js'

/** One stay in the voice of one room, from `enable(true)` to `enable(false)` or the end of the room. */
export interface VoiceSession {
  members(): string[]
  isSpeaking(playerId: string): boolean
  safetyNumberOf(playerId: string): string | undefined
  /** Whether what the microphone hears is sent. */
  setOpen(isOpen: boolean): void
  /** How loud a member is now, and whether it is wanted at all. */
  refresh(playerId: string): void
  /** Takes the track over, and ends the one before. */
  replaceMicrophone(track: MediaStreamTrack): void
  hearReport(report: FaultReport): void
  close(): void
}

export interface SessionParts {
  roomId: string
  playerId: string
  transport: VoiceTransport
  cipher: FrameCipher
  sound: Sound
  microphone: MediaStreamTrack
  isMuted(playerId: string): boolean
  volumeOf(playerId: string): number
  onJoined(playerId: string): void
  onLeft(playerId: string): void
  onSpeaking(playerId: string, isSpeaking: boolean): void
  /** A member's sound has begun to play. */
  onReceiver(playerId: string): void
  onError(error: AeThexError): void
}

const lookEveryMs = 100
/** Lets the last word and its echo out before nothing is sent any more. */
const closeAfterMs = 200
/** Frames may overtake the message with their key; more of them than this in a second is no race. */
const toleratedFrames = 25

export async function openSession(parts: SessionParts): Promise<VoiceSession> {
  const { roomId, playerId, transport, cipher, sound, onError } = parts
  const keys = await makeMemberKeys().catch(thrown => {
    throw new AeThexError('encryption_missing', 'This platform has no X25519.', { cause: thrown })
  })
  const agreed = new Set<string>()
  let { microphone } = parts
  let quiet: ReturnType<typeof setTimeout> | undefined

  const speaking = new SpeakingWatch((id, isSpeaking) =>
    parts.onSpeaking(id === '' ? playerId : id, isSpeaking),
  )
  const exchange = new KeyExchange({
    roomId,
    playerId,
    keys,
    mostOthers: transport.capacity - 1,
    send: (id, { kind, data }) => transport.send(id, kind, data),
    onOwnKey: (keyId, key) => cipher.useOwnKey(keyId, key),
    onKeyOf: (id, keyId, key) => cipher.useKeyOf(id, keyId, key),
    onAgreed(id) {
      agreed.add(id)
      transport.connect(id, microphone)
      if (parts.isMuted(id)) transport.send(id, 'voice_mute', { muted: true })
      parts.onJoined(id)
    },
    onParted(id) {
      agreed.delete(id)
      transport.disconnect(id)
      cipher.forget(id)
      sound.stop(id)
      playing.delete(id)
      speaking.hush(id)
      parts.onLeft(id)
    },
    onFault(id, thrown) {
      const message = `The keys of player ${id} are not to be used.`
      onError(new AeThexError('encryption_failed', message, { cause: thrown }))
    },
  })

  function refresh(id: string): void {
    if (!agreed.has(id)) return
    sound.setVolume(id, parts.isMuted(id) ? 0 : parts.volumeOf(id))
    transport.send(id, 'voice_mute', { muted: parts.isMuted(id) })
    if (parts.isMuted(id)) speaking.hush(id)
  }

  const playing = new Map<string, MediaStreamTrack>()

  function play(id: string, track: MediaStreamTrack): void {
    if (playing.get(id) === track) return
    playing.set(id, track)
    sound.play(id, track)
    sound.setVolume(id, parts.isMuted(id) ? 0 : parts.volumeOf(id))
    parts.onReceiver(id)
  }

  const sink: VoiceSink = {
    here: id => exchange.greet(id),
    gone: id => void exchange.forget(id),
    signal(id, kind, data) {
      if (kind === 'voice_key' || kind === 'voice_frame_key') void exchange.hear(id, kind, data)
      else if (kind === 'voice_bye') void exchange.forget(id)
      else if (kind === 'voice_mute') {
        const isMuted = typeof data === 'object' && data !== null && 'muted' in data && data.muted
        transport.setSending(id, isMuted !== true)
      }
    },
    sender: sender => cipher.sealFrom(sender),
    receiver(id, receiver) {
      cipher.openFrom(id, receiver)
      play(id, receiver.track)
    },
  }

  const onEnded = () =>
    onError(new AeThexError('microphone_missing', 'The microphone was taken away.'))

  function adopt(track: MediaStreamTrack): void {
    microphone = track
    track.addEventListener('ended', onEnded)
    sound.measureOwn(track)
  }

  function letGo(): void {
    microphone.removeEventListener('ended', onEnded)
    microphone.stop()
  }

  adopt(microphone)
  cipher.begin(playerId)
  const looking = setInterval(() => {
    const wanted = sound.levels().filter(([id]) => !parts.isMuted(id))
    speaking.look(wanted, performance.now())
  }, lookEveryMs)

  function close(): void {
    clearInterval(looking)
    clearTimeout(quiet)
    for (const id of agreed) transport.send(id, 'voice_bye', {})
    exchange.close()
    transport.close()
    // Without a name there are no keys: nothing passes until the next stay.
    cipher.begin('')
    speaking.clear()
    letGo()
    sound.close()
    for (const id of agreed) parts.onLeft(id)
    agreed.clear()
  }

  try {
    transport.open({ room_id: roomId, player_id: playerId }, sink)
  } catch (thrown) {
    close()
    throw asAeThexError(thrown)
  }

  return {
    members: () => [...agreed],
    isSpeaking: id => speaking.isSpeaking(id === playerId ? '' : id),
    safetyNumberOf: id => exchange.safetyNumberOf(id),
    setOpen(isOpen) {
      microphone.enabled = isOpen
      clearTimeout(quiet)
      if (isOpen) cipher.silence(false)
      else quiet = setTimeout(() => cipher.silence(true), closeAfterMs)
    },
    refresh,
    replaceMicrophone(track) {
      track.enabled = microphone.enabled
      letGo()
      adopt(track)
      transport.replaceTrack(track)
    },
    hearReport({ player_id: id, fault, count }) {
      if (fault !== 'forged' && count < toleratedFrames) return
      if (fault === 'unknown_key') exchange.askAgain(id)
      const message = `Frames of player ${id} are not played: ${fault}.`
      onError(new AeThexError('encryption_failed', message))
    },
    close,
  }
}
