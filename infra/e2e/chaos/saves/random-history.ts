import { type Dice, diceOf } from '../../../faults/dice.js'
import type { FinalSlot, FinalVersion, Operation } from './operation.js'

/** A small history of one slot, as a seed draws it: half of them are right, the others are corrupted somewhere. */
interface History {
  final: FinalSlot
  operations: Operation[]
}

const hashOf = (id: string) => `hash of ${id}`

function versionOf(version: number, id: string | undefined): FinalVersion {
  const hash = id === undefined ? null : hashOf(id)
  return { version, deleted: id === undefined, hash, readHash: hash, operation: id, round: 0 }
}

function finalOf(versions: FinalVersion[]): FinalSlot {
  const last = versions.at(-1)
  return {
    slot: 's',
    keeps: Number.POSITIVE_INFINITY,
    versions,
    head: last === undefined || last.deleted ? undefined : last.version,
  }
}

/** Carries operations out at one moment each, and lets their calls and answers reach around that moment. */
function rightHistory(dice: Dice): History {
  const versions: FinalVersion[] = []
  const alive = () => versions.length > 0 && versions.at(-1)?.deleted === false
  const operations = Array.from({ length: 3 + dice.below(4) }, (_, index): Operation => {
    const id = `o${index}`
    const moment = index * 10
    const reach = () => dice.below(dice.pick([4, 25]))
    const isLost = dice.chance(0.25)
    const operation: Operation = {
      id,
      device: id,
      slot: 's',
      kind: dice.pick(['save', 'save', 'load', 'delete']),
      call: moment - reach(),
      ret: moment + reach() + 1,
      outcome: isLost ? 'unknown' : 'ok',
      bases: new Map(),
      saw: [],
      requests: [],
    }
    const isDone = !isLost || dice.chance(0.5)
    if (operation.kind === 'save') {
      const isConditional = dice.chance(0.5)
      operation.bases.set(0, [isConditional ? versions.length : null])
      if (isDone) versions.push(versionOf(versions.length + 1, id))
      if (!isLost) operation.wrote = { version: versions.length, hash: hashOf(id) }
    }
    if (operation.kind === 'delete') {
      if (isDone && alive()) versions.push(versionOf(versions.length + 1, undefined))
      if (!isLost) operation.saw = [{ slot: 's', version: undefined }]
    }
    if (operation.kind === 'load' && !isLost) {
      operation.saw = [{ slot: 's', version: alive() ? versions.length : undefined }]
    }
    return operation
  })
  return { final: finalOf(versions), operations }
}

type Corruption = (history: History, dice: Dice) => void

const corruptions: readonly Corruption[] = [
  ({ operations }, dice) => {
    const operation = dice.pick(operations)
    const shift = dice.pick([-30, -15, 15, 30])
    operation.call += shift
    operation.ret += shift
  },
  ({ operations, final }, dice) => {
    for (const sight of dice.pick(operations).saw) {
      if (sight.version !== undefined) sight.version = 1 + dice.below(final.versions.length + 1)
    }
  },
  ({ operations }, dice) => {
    const operation = dice.pick(operations)
    if (operation.kind === 'save') operation.bases.set(0, [dice.below(4)])
  },
  ({ operations }, dice) => {
    const operation = dice.pick(operations)
    operation.outcome = 'refused'
    operation.wrote = undefined
    operation.saw = []
  },
  ({ final }, dice) => {
    const [at, other] = [dice.below(4), dice.below(4)]
    const [a, b] = [final.versions[at], final.versions[other]]
    if (a === undefined || b === undefined) return
    final.versions[at] = { ...b, version: a.version }
    final.versions[other] = { ...a, version: b.version }
    Object.assign(final, finalOf(final.versions))
  },
]

export function randomHistory(seed: number): History {
  const dice = diceOf('random history', seed)
  const history = rightHistory(dice)
  if (dice.chance(0.5)) dice.pick(corruptions)(history, dice)
  return history
}

/** Every way in which an operation may act when `n` versions are there: how many there are afterwards. */
function effects(operation: Operation, n: number, { versions }: FinalSlot): number[] {
  const { id, kind, outcome, wrote, saw } = operation
  const isAlive = versions[n - 1]?.deleted === false
  const next = versions[n]
  const nothing = outcome === 'ok' ? [] : [n]
  if (outcome === 'refused') return [n]
  if (kind === 'load') {
    const there = isAlive ? n : undefined
    return saw.every(({ version }) => version === there) ? [n] : []
  }
  if (kind === 'delete') {
    if (isAlive) return next?.deleted === true ? [n + 1, ...nothing] : nothing
    return [n]
  }
  const [base = null] = operation.bases.get(0) ?? []
  const isUponBase = base === null || base === n
  const isTold = wrote === undefined || wrote.version === n + 1
  return next?.operation === id && isUponBase && isTold ? [n + 1, ...nothing] : nothing
}

/** Whether some order of all operations, none before one that had ended, leaves exactly what is there: tries them all. */
export function canBeExplained(final: FinalSlot, operations: readonly Operation[]): boolean {
  const endOf = ({ outcome, ret }: Operation) => (outcome === 'ok' ? ret : Number.POSITIVE_INFINITY)
  function explain(left: readonly Operation[], n: number): boolean {
    if (left.length === 0) return n === final.versions.length
    const firstEnd = Math.min(...left.map(endOf))
    return left
      .filter(({ call }) => call <= firstEnd)
      .some(operation =>
        effects(operation, n, final).some(after =>
          explain(
            left.filter(each => each !== operation),
            after,
          ),
        ),
      )
  }
  // Nothing binds the moment of what was refused, since it did nothing.
  return explain(
    operations.filter(({ outcome }) => outcome !== 'refused'),
    0,
  )
}
