/** A member's public key, and which of ours it has seen. */
export interface Hello {
  /** X25519, 32 bytes in base64. */
  public_key: string
  seen: string | null
}

/** The secret of a member's frames, wrapped for this player alone. */
export interface WrappedFrameKey {
  key_id: number
  /** In base64: 12 bytes of nonce, then what AES-256-GCM made of the secret. */
  wrapped: string
}

/** What members tell each other to agree on keys. */
export type KeySignal =
  | { kind: 'voice_key'; data: Hello }
  | { kind: 'voice_frame_key'; data: WrappedFrameKey }

/** Longer than any true one. */
const longest = 256

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= longest

const fieldsOf = (data: unknown): Record<string, unknown> =>
  typeof data === 'object' && data !== null ? { ...data } : {}

/** Throws for what is none: another member may send anything. */
export function readHello(data: unknown): Hello {
  const { public_key, seen } = fieldsOf(data)
  if (!isText(public_key) || !(seen === null || isText(seen))) throw new Error('This is no key.')
  return { public_key, seen }
}

/** Throws for what is none. */
export function readFrameKey(data: unknown): WrappedFrameKey {
  const { key_id, wrapped } = fieldsOf(data)
  const isNumber = typeof key_id === 'number' && Number.isSafeInteger(key_id) && key_id > 0
  if (!isNumber || !isText(wrapped)) throw new Error('This is no wrapped key.')
  return { key_id, wrapped }
}
