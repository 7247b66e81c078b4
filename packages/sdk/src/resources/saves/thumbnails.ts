import { path, type RawAnswer } from '../../core/http.js'
import { attempt, type Result } from '../../core/result.js'
import type { Session } from '../../core/session.js'
import { settled } from './history.js'
import type { Save } from './save.js'
import type { SlotPlace } from './slot-place.js'

/** Pictures beside versions, such as of the place where the player has stopped. They need the network. */
export interface SaveThumbnails {
  /**
   * Puts a picture (PNG, JPEG or WebP up to 2 MiB) beside a version, the newest unless said, in place of one that is
   * there; what waits on this device goes first. The server keeps it as WebP within 512 × 512 pixels.
   * Errors: `not_found`, `image_invalid`, `body_too_large`, `queued`.
   */
  setThumbnail(
    slot: string,
    image: Blob,
    options?: { version?: number },
  ): Promise<Result<{ save: Save }>>
  /** The picture of a version, the newest unless said. Errors: `not_found` where it has none. */
  thumbnail(slot: string, options?: { version?: number }): Promise<Result<{ image: Blob }>>
}

interface ThumbnailParts {
  session: Session
  placeNamed(slot: string): SlotPlace
  /** Sends what waits in a slot, as far as that works now. */
  settleBefore(at: SlotPlace): Promise<void>
}

const type = 'image/webp'

export function createSaveThumbnails(parts: ThumbnailParts): SaveThumbnails {
  const { session, placeNamed, settleBefore } = parts
  const pathOf = (slot: string) => path('saves', 'me', slot, 'thumbnail')
  return {
    setThumbnail: (slot, image, { version } = {}) =>
      attempt(async () => {
        const at = placeNamed(slot)
        if (version === undefined) await settled(at, settleBefore)
        const bytes = new Uint8Array(await image.arrayBuffer())
        return session.request<{ save: Save }>(
          {
            method: 'PUT',
            path: pathOf(slot),
            query: { version },
            content: { type: image.type, bytes },
          },
          at.playerId,
        )
      }),
    thumbnail: (slot, { version } = {}) =>
      attempt(async () => {
        const { playerId } = placeNamed(slot)
        const { bytes } = await session.request<RawAnswer>(
          { method: 'GET', path: pathOf(slot), query: { version }, answers: 'bytes' },
          playerId,
        )
        return { image: new Blob([bytes], { type }) }
      }),
  }
}
