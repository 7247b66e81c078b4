import { type FrameKey, sealingOf } from './frame-key.js'
import { readHeader } from './header.js'
import { ReplayWindow } from './replay-window.js'

/** Why a frame is not played. */
export type FrameFault = 'malformed' | 'unknown_key' | 'replayed' | 'forged'

export type Opened = { plain: ArrayBuffer } | { fault: FrameFault }

/** Frames on their way when the speaker changes the key are still under the one before. */
const keysKept = 2

/** Opens what one other member says, each frame once. */
export class FrameOpener {
  private readonly keys = new Map<number, { key: FrameKey; window: ReplayWindow }>()
  private newest = -1
  private readonly metadata: Uint8Array

  constructor(speaker: string) {
    this.metadata = new TextEncoder().encode(speaker)
  }

  /** A key that is not newer than the newest is none: whoever carries the messages may repeat old ones. */
  add(keyId: number, key: FrameKey): void {
    if (keyId <= this.newest) return
    this.newest = keyId
    this.keys.set(keyId, { key, window: new ReplayWindow() })
    for (const old of [...this.keys.keys()].slice(0, -keysKept)) this.keys.delete(old)
  }

  async open(frame: Uint8Array<ArrayBuffer>): Promise<Opened> {
    const header = readHeader(frame)
    if (header === undefined) return { fault: 'malformed' }
    const { keyId, counter, length } = header
    const known = this.keys.get(keyId)
    if (known === undefined) return { fault: 'unknown_key' }
    if (!known.window.isNew(counter)) return { fault: 'replayed' }
    const by = sealingOf(known.key, counter, frame.subarray(0, length), this.metadata)
    try {
      const plain = await crypto.subtle.decrypt(by, known.key.key, frame.subarray(length))
      // Taken down only now, or a forged frame could make the genuine one look repeated.
      return known.window.accept(counter) ? { plain } : { fault: 'replayed' }
    } catch {
      return { fault: 'forged' }
    }
  }
}
