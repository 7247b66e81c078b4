import type { Closable } from '@aethex/shared/lifecycle'
import type { Parts } from '../../gateway/context.js'
import { forgetExpired, sweepStaged } from './sweeping.js'

const minuteMs = 60_000

/** Forgets uploads that nobody has brought to an end. */
export const keepUploadsTidy = (parts: Parts): Closable =>
  parts.repeat({
    name: 'save-uploads-tidy',
    everyMs: 15 * minuteMs,
    work: async () => {
      await forgetExpired(parts)
      await sweepStaged(parts)
    },
  })
