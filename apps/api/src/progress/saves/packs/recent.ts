import { LRUCache } from 'lru-cache'
import type { Place, RecentContent, RecentContents } from './content.js'

const defaultMaxBytes = 32 * 1024 * 1024
// What a chunk takes beside its bytes, with the row that lists it.
const chunkBytes = 512
const entryBytes = 1024

const weightOf = ({ cut }: RecentContent) =>
  entryBytes + (cut === undefined ? 0 : cut.bytes.length + cut.chunks.length * chunkBytes)

/** The slots that were written least recently make room. */
export function openRecentContents(maxBytes = defaultMaxBytes): RecentContents {
  const slots = new LRUCache<string, RecentContent>({
    maxSize: maxBytes,
    sizeCalculation: weightOf,
  })
  const nameOf = ({ environmentId, playerId, saveId }: Place) =>
    `${environmentId}/${playerId}/${saveId}`
  return {
    of: place => slots.get(nameOf(place)) ?? {},
    keep: (place, recent) => {
      slots.set(nameOf(place), { ...slots.get(nameOf(place)), ...recent })
    },
  }
}
