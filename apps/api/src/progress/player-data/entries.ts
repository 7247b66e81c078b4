import type { NextDocument } from './change.js'
import { encodeField, valueAt } from './field.js'
import type { Entry, IndexRow } from './index-store.js'

/** What the indexes keep of a document: an entry for each field that holds a value of the declared type. */
export const entriesOf = (indexes: readonly IndexRow[], document: NextDocument): Entry[] =>
  indexes
    .filter(({ collection }) => collection === document.collection)
    .flatMap(({ id, path, type }) => {
      const value = encodeField(type, valueAt(document.value, path))
      if (value === undefined) return []
      const { collection, key, access } = document
      return [{ collection, key, indexId: id, isPublic: access === 'public', value }]
    })
