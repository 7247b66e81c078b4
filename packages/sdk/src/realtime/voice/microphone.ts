import { AeThexError } from '../../core/error.js'

/** A microphone to choose from; browsers name them only once one of them was allowed. */
export interface VoiceDevice {
  device_id: string
  name: string
}

function mediaDevices(): MediaDevices {
  const devices = globalThis.navigator?.mediaDevices
  if (devices?.getUserMedia === undefined) {
    throw new AeThexError(
      'webrtc_missing',
      'This page has no microphones: it needs a browser and https.',
    )
  }
  return devices
}

function errorOf(thrown: unknown): AeThexError {
  const name = thrown instanceof Error ? thrown.name : ''
  if (name === 'NotAllowedError' || name === 'SecurityError') {
    return new AeThexError('microphone_denied', 'The microphone was not allowed.', {
      cause: thrown,
    })
  }
  return new AeThexError('microphone_missing', 'There is no microphone that works.', {
    cause: thrown,
    retryable: true,
  })
}

/** Asks for a microphone. Errors: `webrtc_missing`, `microphone_denied`, `microphone_missing`. */
export async function openMicrophone(deviceId?: string): Promise<MediaStreamTrack> {
  const devices = mediaDevices()
  const audio: MediaTrackConstraints = {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    ...(deviceId === undefined ? {} : { deviceId: { exact: deviceId } }),
  }
  try {
    const [track] = (await devices.getUserMedia({ audio })).getAudioTracks()
    if (track === undefined) throw new Error('The browser gave a stream without sound.')
    return track
  } catch (thrown) {
    throw errorOf(thrown)
  }
}

export async function listMicrophones(): Promise<VoiceDevice[]> {
  const devices = await mediaDevices().enumerateDevices()
  return devices
    .filter(({ kind }) => kind === 'audioinput')
    .map(({ deviceId, label }) => ({ device_id: deviceId, name: label }))
}
