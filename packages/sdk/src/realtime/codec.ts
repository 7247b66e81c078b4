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
  /** The other way round. */
  stateWriter?(schema: unknown): StateWriter
}

/** Writes declared states as bytes. */
export interface StateWriter {
  /** The state as others will see it; what cannot be written as it was. */
  settle(state: object): Record<string, unknown>
  /** Fields, with null for those that are gone; undefined when not all of them can be written. */
  write(fields: Record<string, unknown>): Uint8Array | undefined
}

/** Messages as JSON text; what is used unless another codec is given. */
export const json: Codec = {
  protocol: 'aethex.v1.json',
  encode: message => JSON.stringify(message),
  decode: data => JSON.parse(String(data)),
}
