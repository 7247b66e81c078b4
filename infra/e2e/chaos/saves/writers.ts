import type { FinalSlot, FinalVersion, Operation } from './operation.js'

/** Every version that there was: what is left of each, or undefined for one that the retention has let go. */
export type Versions = ReadonlyMap<number, FinalVersion | undefined>

/** Numbers without a version that the retention cannot have let go. */
export function gapsIn({ versions, keeps }: FinalSlot): number[] {
  const there = new Set(versions.map(({ version }) => version))
  const last = versions.at(-1)?.version ?? 0
  return Array.from({ length: last }, (_, index) => index + 1).filter(
    version => !there.has(version) && version > last - keeps,
  )
}

export function allVersions({ versions }: FinalSlot): Versions {
  const there = new Map(versions.map(version => [version.version, version]))
  const last = versions.at(-1)?.version ?? 0
  return new Map(
    Array.from({ length: last }, (_, index) => [index + 1, there.get(index + 1)] as const),
  )
}

/** The version in which the data of each operation appear for the first time. */
export function firstAppearances(versions: Versions): Map<string, FinalVersion> {
  const first = new Map<string, FinalVersion>()
  for (const found of versions.values()) {
    if (found?.operation === undefined || first.has(found.operation)) continue
    first.set(found.operation, found)
  }
  return first
}

const mayHaveWritten = ({ outcome, wrote }: Operation, version: number) =>
  outcome === 'unknown' || (outcome === 'ok' && (wrote === undefined || wrote.version === version))

const writing = new Set<Operation['kind']>(['save', 'delete', 'restore'])

/** Who may have written a version that nobody was told of by its number. */
export function possibleWriters(
  version: number,
  versions: Versions,
  operations: readonly Operation[],
): Operation[] {
  const found = versions.get(version)
  const free = operations.filter(each => writing.has(each.kind) && mayHaveWritten(each, version))
  if (found === undefined) return free
  if (found.deleted) return free.filter(({ kind }) => kind === 'delete')
  const isFirst = firstAppearances(versions).get(found.operation ?? '') === found
  const mayBeAgain = !isFirst || [...versions.values()].includes(undefined)
  return free.filter(({ id, kind, source }) => {
    if (kind === 'save') return isFirst && id === found.operation
    if (!mayBeAgain || kind === 'delete') return false
    if (source === undefined) return true
    const restored = versions.get(source)
    return restored === undefined || restored.operation === found.operation
  })
}
