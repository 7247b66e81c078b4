import type { FinalSlot, Operation, Sight, Violation } from './operation.js'
import { type Choice, findOrder, freeBounds, type Narrowing } from './order.js'
import { allVersions, firstAppearances, gapsIn, possibleWriters, type Versions } from './writers.js'

type Violate = (rule: string, said: string) => void

/** What may have written a version, and within which time. */
const writtenBy = ({ id, call, ret, outcome }: Operation, version: number) => ({
  narrow: [{ version, notBefore: call, ...(outcome === 'ok' ? { notAfter: ret } : {}) }],
  uses: id,
})

/** It was the head at some moment of the window. */
const headWithin = (version: number, call: number, ret: number): Narrowing[] => [
  { version, notAfter: ret },
  { version: version + 1, notBefore: call },
]

/** What the slot says of itself, whoever wrote it. */
function checkWhatIsThere(final: FinalSlot, all: Versions, violate: Violate): void {
  for (const version of gapsIn(final)) violate('no gap', `there is no version ${version}`)
  const last = final.versions.at(-1)
  const alive = last === undefined || last.deleted ? undefined : last.version
  if (final.head !== alive) violate('head', `the slot is at ${final.head}, its history at ${alive}`)
  for (const { version, deleted, hash, readHash } of final.versions) {
    const isUponNothing = version === 1 || all.get(version - 1)?.deleted === true
    if (deleted && isUponNothing) violate('base', `version ${version} is a tombstone upon nothing`)
    if (!deleted && readHash !== hash) {
      violate('bytes', `version ${version} reads back as ${readHash}, its hash is ${hash}`)
    }
  }
}

/**
 * Holds every acknowledgement against the version it is about; answers which save was told of which version. A restore
 * is told of the head also when that holds the very data already: it need not have written it.
 */
function checkAcknowledged(
  operations: readonly Operation[],
  all: Versions,
  violate: Violate,
): Map<number, Operation> {
  const told = new Map<number, Operation>()
  for (const operation of operations) {
    const { id, kind, wrote, outcome } = operation
    if (outcome !== 'ok' || wrote === undefined) continue
    const { version, hash } = wrote
    const twin = told.get(version)
    if (kind === 'save') {
      if (twin !== undefined)
        violate('one writer', `${twin.id} and ${id} were both told ${version}`)
      told.set(version, operation)
    }
    const found = all.get(version)
    if (!all.has(version)) violate('kept', `${id} was told version ${version}, which is not there`)
    if (found === undefined) continue
    if (found.hash !== hash) {
      violate('bytes', `${id} was told ${hash} for version ${version}, it is ${found.hash}`)
    }
    const source = kind === 'save' ? id : all.get(operation.source ?? 0)?.operation
    if (source !== undefined && found.operation !== source) {
      violate(
        'bytes',
        `${id} was told version ${version}, which has the data of ${found.operation}`,
      )
    }
  }
  return told
}

/** A conditional write stands right upon the base that it named. */
function checkBases(operations: readonly Operation[], all: Versions, violate: Violate): void {
  const first = firstAppearances(all)
  for (const { id, bases } of operations) {
    const found = first.get(id)
    const named = bases.get(found?.round ?? 0)
    if (found === undefined || named === undefined || named.includes(null)) continue
    if (!named.includes(found.version - 1)) {
      violate('base', `${id} wrote version ${found.version} upon base ${named.join(' or ')}`)
    }
  }
}

/** Who wrote each version; a version that nobody can have written is invented, or there twice. */
function writerChoices(
  operations: readonly Operation[],
  all: Versions,
  told: ReadonlyMap<number, Operation>,
  violate: Violate,
): Choice[] {
  const first = firstAppearances(all)
  return [...all].map(([version, found]) => {
    const known = told.get(version)
    const writers = known === undefined ? possibleWriters(version, all, operations) : [known]
    if (writers.length === 0) {
      const before = first.get(found?.operation ?? '')?.version
      const isAgain = before !== undefined && before !== version
      const what = found?.deleted ? ', a tombstone,' : ` with the data of ${found?.operation}`
      violate(
        isAgain ? 'once' : 'invented',
        `version ${version}${what} ${isAgain ? `is there again after ${before}` : 'has no writer'}`,
      )
    }
    return {
      name: `the writer of version ${version} (${writers.map(({ id }) => id).join(', ')})`,
      options: writers.map(writer => writtenBy(writer, version)),
    }
  })
}

/** A restore has seen as the head what it was told of. */
const restoredBy = ({ slot, kind, wrote }: Operation): Sight[] =>
  kind === 'restore' && wrote !== undefined ? [{ slot, version: wrote.version }] : []

/** Where the slot may have been when somebody saw it. */
function sightChoice(
  { id, call, ret }: Operation,
  { version, hash }: Sight,
  all: Versions,
  absences: readonly number[],
  violate: Violate,
): Choice {
  if (version === undefined) {
    return {
      name: `${id} did not find the slot`,
      options: absences.map(absence => ({ narrow: headWithin(absence, call, ret) })),
    }
  }
  const found = all.get(version)
  if (!all.has(version)) violate('kept', `${id} saw version ${version}, which is not there`)
  if (found !== undefined && hash !== undefined && found.hash !== hash) {
    violate('bytes', `${id} saw ${hash} at version ${version}, it is ${found.hash}`)
  }
  return {
    name: `${id} saw version ${version}`,
    options: [{ narrow: headWithin(version, call, ret) }],
  }
}

/**
 * Checks one slot against everything that the devices were told: versions without holes, one writer each, no writer
 * twice, conditional writes exactly upon their base, hashes as acknowledged, and an order of moments in which every
 * answer was true when it was given.
 */
export function checkSlot(final: FinalSlot, operations: readonly Operation[]): Violation[] {
  const { slot } = final
  const violations: Violation[] = []
  const violate: Violate = (rule, said) => violations.push({ rule, slot, said })
  const all = allVersions(final)
  const mine = operations.filter(operation => operation.slot === slot)
  checkWhatIsThere(final, all, violate)
  const told = checkAcknowledged(mine, all, violate)
  checkBases(mine, all, violate)
  const choices = writerChoices(mine, all, told, violate)
  const sights = operations.flatMap(operation =>
    [...operation.saw, ...restoredBy(operation)]
      .filter(sight => sight.slot === slot)
      .map(sight => ({ operation, sight })),
  )
  // Before its first version, and after each tombstone, a slot is not there. Of a version that is gone nobody knows,
  // unless somebody saw it or was told of it.
  const alive = new Set([...told.keys(), ...sights.map(({ sight }) => sight.version)])
  const absences = [0, ...all.keys()].filter(
    version => version === 0 || (all.get(version)?.deleted ?? !alive.has(version)),
  )
  for (const { operation, sight } of sights) {
    choices.push(sightChoice(operation, sight, all, absences, violate))
  }
  if (violations.some(({ rule }) => rule !== 'bytes')) return violations
  const found = findOrder(freeBounds(all.size), choices)
  if (found.kind === 'none') violate('order', `no order of moments explains ${found.stuck}`)
  if (found.kind === 'too many steps') violate('order', 'the search for an order took too long')
  return violations
}
