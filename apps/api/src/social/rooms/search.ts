import type { ListedRoom } from '@aethex/shared/rooms'
import type { PropertyFilters, RoomSearch } from './schema.js'

function isWanted(value: unknown, wanted: PropertyFilters[string]): boolean {
  if (typeof wanted !== 'object' || wanted === null) return value === wanted
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = wanted
  return typeof value === 'number' && value >= min && value <= max
}

/** Whether a room is one of those that somebody looks for. */
export function matcherOf(search: RoomSearch): (room: ListedRoom) => boolean {
  const prefix = search.name?.toLowerCase()
  const wishes = Object.entries(search.properties ?? {})
  return ({ kind, name, members, max_members, locked, region, properties }) => {
    if (search.kind !== undefined && kind !== search.kind) return false
    if (search.region !== undefined && region !== search.region) return false
    if (prefix !== undefined && !name?.toLowerCase().startsWith(prefix)) return false
    const isFree = members < max_members && !locked
    if (search.has_free_seats !== undefined && isFree !== (search.has_free_seats === 'true')) {
      return false
    }
    return wishes.every(
      ([field, wanted]) => Object.hasOwn(properties, field) && isWanted(properties[field], wanted),
    )
  }
}
