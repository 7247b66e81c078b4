import { diffDocuments } from '@aethex/sdk/merge'
import type { Difference } from './schema.js'

// Finding them costs this process time in proportion to the documents.
const largest = 1_048_576
const most = { count: 100, characters: 65_536 }

/** The first changes from one document to the other; null where they are too large to be held against each other. */
export function differencesOf(
  before: { data: unknown; size: number },
  after: { data: unknown; size: number },
): Difference[] | null {
  if (before.size > largest || after.size > largest) return null
  const shown: Difference[] = []
  let characters = 0
  for (const operation of diffDocuments(before.data, after.data)) {
    characters += JSON.stringify(operation).length
    if (shown.length === most.count || characters > most.characters) break
    shown.push(operation)
  }
  return shown
}
