/** What Chromium before 141 has instead of `RTCRtpScriptTransform`: a connection says at its start that it wants it. */
interface StreamsOfPage {
  createEncodedStreams(): { readable: ReadableStream; writable: WritableStream }
}

export const hasScriptTransform = () => typeof RTCRtpScriptTransform !== 'undefined'

export const hasEncodedStreams = (end: object): end is StreamsOfPage =>
  'createEncodedStreams' in end

const isOldChromium = () =>
  !hasScriptTransform() &&
  typeof RTCRtpSender !== 'undefined' &&
  hasEncodedStreams(RTCRtpSender.prototype)

/** Whether this browser lets a page change the frames that WebRTC sends. */
export const canChangeFrames = () => hasScriptTransform() || isOldChromium()

/** What a connection needs of its configuration so that the sound in it can be sealed. */
export const sealable = (): object => (isOldChromium() ? { encodedInsertableStreams: true } : {})
