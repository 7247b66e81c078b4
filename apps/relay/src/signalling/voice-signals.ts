/** Where sound or pictures are described (RFC 8866 §5.14). */
const media = /^m=(audio|video) /
/** A part that is turned down or over, unless it only shares another one's port (RFC 8829 §5.2.1, RFC 9143 §6). */
const isOver = (part: string) => /^m=\S+ 0[ /]/.test(part) && !/[\r\n]a=bundle-only/.test(part)

/** Whether a description takes up or offers sound or pictures, or still has them. */
const hasMedia = (sdp: string) =>
  sdp.split(/[\r\n](?=m=)/).some(part => media.test(part) && !isOver(part))

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
  // Whoever may not talk any more must be able to say so.
  if (kind === 'voice_bye') return false
  if (kind.toLowerCase().startsWith('voice')) return true
  const sdp = sdpOf(data)
  return typeof sdp === 'string' && hasMedia(sdp)
}
