import type { FieldPreview } from '../../merge/merge-documents.js'
import type { Save } from './save.js'

/** What came of a write that met a newer version, which the server itself has settled. */
export interface Resolution {
  strategy: string
  outcome: 'mine' | 'theirs' | 'merged' | 'branched'
  preview: readonly FieldPreview[]
}

export interface Written {
  save: Save
  resolution?: Resolution | null
}
