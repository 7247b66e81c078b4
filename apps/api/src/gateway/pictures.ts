import { Problem } from '@aethex/shared/errors'
import { createLanes } from '@aethex/shared/limits'
import sharp from 'sharp'

/** What a picture may be when it comes; what is kept of it is WebP without metadata. */
export const pictureTypes = ['image/png', 'image/jpeg', 'image/webp'] as const

// A small file may unfold into a large picture: 16 megapixels are more than a phone's camera needs here.
const maxPixels = 16_000_000
const deadlineSeconds = 5
const known = new Set(['png', 'jpeg', 'webp'])

// Decoding holds memory and a core: two at a time, and a short line.
const inTurn = createLanes(2, 16)
sharp.concurrency(1)
sharp.cache(false)

interface Frame {
  /** Pixels. */
  width: number
  height: number
  /** `cover` crops to the frame, `inside` keeps the proportions and makes nothing larger. */
  fit: 'cover' | 'inside'
}

/**
 * Decodes a picture and draws it anew as WebP: what was hidden in the file (metadata, scripts, a second file) is gone.
 * Throws `image_invalid`, and `busy` when too many are waiting.
 */
export function redraw(bytes: Buffer, { width, height, fit }: Frame): Promise<Buffer> {
  return inTurn(async () => {
    try {
      const image = sharp(bytes, { limitInputPixels: maxPixels, failOn: 'error', pages: 1 })
      const { format } = await image.metadata()
      if (!known.has(format ?? '')) throw new Error(`${format} is not among the formats`)
      return await image
        .rotate()
        .resize(width, height, { fit, withoutEnlargement: fit === 'inside' })
        .webp({ quality: 82 })
        .timeout({ seconds: deadlineSeconds })
        .toBuffer()
    } catch (cause) {
      throw new Problem('image_invalid', { cause })
    }
  })
}
