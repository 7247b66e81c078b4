import { AeThexError } from '../../core/error.js'
import { canSealFrames, createCipher, type FrameCipher } from './cipher.js'
import { listMicrophones, openMicrophone, type VoiceDevice } from './microphone.js'
import { openSession, type SessionParts, type VoiceSession } from './session.js'
import { createSound, type Sound } from './sound.js'

/** What voice needs of a browser. It is a part of its own, so that a game without voice need not load it. */
export interface VoicePlatform {
  /** Throws AeThexError `webrtc_missing` or `encryption_missing`. */
  assertAble(): void
  openMicrophone(deviceId?: string): Promise<MediaStreamTrack>
  listMicrophones(): Promise<VoiceDevice[]>
  createSound(): Sound
  openSession(parts: Omit<SessionParts, 'cipher'>): Promise<VoiceSession>
}

/** `workerUrl` names the file of the worker, for pages that may not start one from a `blob:`. */
export function createBrowserPlatform(workerUrl: string | undefined): VoicePlatform {
  // One worker for the page: a connection's frames stay with the worker that they were first given to.
  let cipher: FrameCipher | undefined
  let session: VoiceSession | undefined
  let tellFault: (error: AeThexError) => void = () => {}
  return {
    assertAble() {
      if (typeof RTCPeerConnection === 'undefined' || typeof AudioContext === 'undefined') {
        throw new AeThexError('webrtc_missing', 'Voice needs a browser with WebRTC and WebAudio.')
      }
      if (!canSealFrames() || globalThis.crypto?.subtle === undefined) {
        const message = 'This browser cannot encrypt voice end to end, so there is no voice.'
        throw new AeThexError('encryption_missing', message)
      }
    },
    openMicrophone,
    listMicrophones,
    createSound,
    async openSession(parts) {
      tellFault = parts.onError
      cipher ??= createCipher({
        workerUrl,
        onReport: report => session?.hearReport(report),
        onFault: error => tellFault(error),
      })
      session = await openSession({ ...parts, cipher })
      return session
    },
  }
}
