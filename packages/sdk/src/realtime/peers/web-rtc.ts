import type { WebRtc } from './peer-link.js'

export type { WebRtc }

/** The given one, or the platform's; undefined where there is none. */
export function findWebRtc(given: WebRtc | undefined): WebRtc | undefined {
  if (given !== undefined) return given
  const { RTCPeerConnection } = globalThis
  return RTCPeerConnection === undefined ? undefined : { RTCPeerConnection }
}
