import type { Dice } from '../../../faults/dice.js'
import type { HttpFault } from '../../../faults/http-fault.js'
import type { PostgresFault } from '../../../faults/postgres-proxy.js'
import { flippedBit, shortened, stale, swapping, zeros } from '../../../faults/s3-lies.js'
import type { Weather } from './arena.js'

/** What happens between a device and the API. */
export function clientFault(dice: Dice): HttpFault {
  if (!dice.chance(0.3)) return { kind: 'none' }
  return dice.weighted<HttpFault>([
    [8, { kind: 'answer lost' }],
    [4, { kind: 'slow', ms: dice.below(200) }],
    [3, { kind: 'late', ms: dice.below(800) }],
    [3, { kind: 'twice' }],
    [3, { kind: 'cut' }],
    [2, { kind: 'request cut', share: dice.next() }],
    [2, { kind: 'answer cut', share: dice.next() }],
    [2, { kind: 'refused', status: 503 }],
  ])
}

function storeFault(dice: Dice, swapped: () => HttpFault): HttpFault {
  if (!dice.chance(0.12)) return { kind: 'none' }
  return dice.weighted<HttpFault>([
    [4, { kind: 'answer lost' }],
    [3, { kind: 'refused', status: 503 }],
    [2, { kind: 'cut' }],
    [2, { kind: 'request cut', share: dice.next() }],
    [2, { kind: 'answer cut', share: dice.next() }],
    [2, { kind: 'slow', ms: 50 + dice.below(300) }],
    [1, { kind: 'late', ms: dice.below(500) }],
    [2, swapped()],
    [2, flippedBit(dice.below(10_000))],
    [1, shortened(dice.next())],
    [1, zeros()],
    [1, stale()],
  ])
}

const outOfSpace = {
  kind: 'fails',
  sqlState: '53100',
  said: 'could not extend file: No space left on device',
} as const
const lostRace = {
  kind: 'fails',
  sqlState: '40001',
  said: 'could not serialize access due to concurrent update',
} as const

function databaseFault(dice: Dice, statement: string): PostgresFault {
  const writes = /^saves\.|^receipts\.|^commit/i.test(statement)
  if (!dice.chance(writes ? 0.05 : 0.004)) return { kind: 'none' }
  return dice.weighted<PostgresFault>([
    [4, { kind: 'answer lost' }],
    [2, { kind: 'cut' }],
    [2, { kind: 'slow', ms: dice.below(150) }],
    [2, outOfSpace],
    [2, lostRace],
  ])
}

/** Foul weather on both links of the APIs. */
export function foul(dice: { s3: Dice; postgres: Dice }): Weather {
  const swapped = swapping()
  return {
    s3: () => storeFault(dice.s3, swapped),
    postgres: statement => databaseFault(dice.postgres, statement),
  }
}
