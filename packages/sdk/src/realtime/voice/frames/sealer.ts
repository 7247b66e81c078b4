import { type FrameKey, joined, sealingOf } from './frame-key.js'
import { writeHeader } from './header.js'

/** One frame under a key, as RFC 9605 §4.4.3 writes it; `metadata` is not sent, the opener must know it. */
export async function sealFrame(
  key: FrameKey,
  { keyId, counter }: { keyId: number; counter: number },
  plain: BufferSource,
  metadata: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const header = writeHeader(keyId, counter)
  const by = sealingOf(key, counter, header, metadata)
  return joined(header, new Uint8Array(await crypto.subtle.encrypt(by, key.key, plain)))
}

/**
 * Seals what this player says, for all listeners with one key: the counter is shared by all of their connections,
 * since a number used twice would give AES-GCM away.
 */
export class FrameSealer {
  private current: { keyId: number; key: FrameKey } | undefined
  private counter = 0
  private readonly metadata: Uint8Array

  constructor(speaker: string) {
    this.metadata = new TextEncoder().encode(speaker)
  }

  /** From the next frame on. */
  use(keyId: number, key: FrameKey): void {
    if (this.current !== undefined && keyId <= this.current.keyId) return
    this.current = { keyId, key }
    this.counter = 0
  }

  /** The sealed frame; undefined before there is a key: then nothing is sent. */
  async seal(plain: BufferSource): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (this.current === undefined) return undefined
    const { keyId, key } = this.current
    return sealFrame(key, { keyId, counter: this.counter++ }, plain, this.metadata)
  }
}
