import type { Closable } from '@aethex/shared/lifecycle'
import type { Parts } from '../../gateway/context.js'
import { keepIndexes } from './indexing.js'

// One run does not hold its place for longer than this; the next goes on.
const runMs = 20_000

/** Keeps the indexes of documents as the settings of their environments declare them. */
export const keepDocumentIndexes = (parts: Parts): Closable =>
  parts.repeat({
    name: 'document-indexes',
    everyMs: 2_000,
    work: async () => {
      const endsAt = performance.now() + runMs
      await keepIndexes(parts, () => performance.now() > endsAt)
    },
  })
