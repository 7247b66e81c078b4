/** A description that takes up or offers sound or pictures (RFC 8866 §5.14). */
const media = /(^|[\r\n])m=(audio|video) /

function sdpOf(data: unknown): unknown {
  if (typeof data !== 'object' || data === null) return undefined
  if ('sdp' in data) return data.sdp
  return 'description' in data ? sdpOf(data.description) : undefined
}

/**
 * Whether a signal concerns voice: it says so by its kind, or it describes a connection with sound. What two changed
 * clients smuggle past this by an agreement of their own, nobody else hears.
 */
export function isAboutVoice(kind: string, data: unknown): boolean {
  if (kind.toLowerCase().startsWith('voice')) return true
  const sdp = sdpOf(data)
  return typeof sdp === 'string' && media.test(sdp)
}
