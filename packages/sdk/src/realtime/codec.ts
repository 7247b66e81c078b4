/** How messages travel on a socket: JSON, or MessagePack from `@aethex/sdk/msgpack`. */
export interface Codec {
  /** The WebSocket sub-protocol that names it. */
  readonly protocol: string
  encode(message: unknown): string | ArrayBuffer
  /** Takes what the WebSocket delivers: text, or an ArrayBuffer. Throws when it is not a message. */
  decode(data: unknown): unknown
  /**
   * Reads states of rooms that declare theirs, where the codec lets them travel as bytes. Answers the fields; those that
   * are gone are null.
   */
  stateReader?(schema: unknown): (bytes: Uint8Array) => Record<string, unknown>
}

/** Messages as JSON text; what is used unless another codec is given. */
export const json: Codec = {
  protocol: 'aethex.v1.json',
  encode: message => JSON.stringify(message),
  decode: data => JSON.parse(String(data)),
}
