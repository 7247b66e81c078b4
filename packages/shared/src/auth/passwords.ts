import { availableParallelism, totalmem } from 'node:os'
import argon2 from 'argon2'
import { createLanes } from '../limits/index.js'

/** What one argon2id hash costs (RFC 9106): KiB of memory, filled this many times, by one thread. */
export interface PasswordCost {
  memoryKib: number
  passes: number
}

/** OWASP Password Storage Cheat Sheet: argon2id with m = 19 MiB, t = 2, p = 1. Nothing weaker is ever used. */
export const leastPasswordCost: PasswordCost = { memoryKib: 19_456, passes: 2 }

/** Each about half as much again as the one before: memory first, which is what hurts an attacker most. */
const ladder: readonly PasswordCost[] = [
  leastPasswordCost,
  { memoryKib: 32_768, passes: 2 },
  { memoryKib: 47_104, passes: 2 },
  { memoryKib: 65_536, passes: 2 },
  { memoryKib: 65_536, passes: 3 },
  { memoryKib: 65_536, passes: 5 },
  { memoryKib: 65_536, passes: 8 },
]

// libuv has four threads for all of a process: one stays free for name look-ups, files and compression.
const lanes = Math.min(availableParallelism(), 3)
const longestLine = 64

// Hashing is the most expensive thing a stranger can ask for: few at once, and a bounded line.
const inTurn = createLanes(lanes, longestLine)

const optionsOf = ({ memoryKib, passes }: PasswordCost) => ({
  type: argon2.argon2id,
  memoryCost: memoryKib,
  timeCost: passes,
  parallelism: 1,
})

const workOf = ({ memoryKib, passes }: PasswordCost) => memoryKib * passes

const nameOf = ({ memoryKib, passes }: PasswordCost) => `m=${memoryKib},t=${passes},p=1`

let cost = leastPasswordCost
// Beside today's cost those of hashes that this process has met: from before, and of stronger machines.
const met = new Map([[nameOf(cost), cost]])

/** Sets what hashes cost from now on in this process; never less than the least. */
export function setPasswordCost({ memoryKib, passes }: PasswordCost): void {
  cost = {
    memoryKib: Math.max(memoryKib, leastPasswordCost.memoryKib),
    passes: Math.max(passes, leastPasswordCost.passes),
  }
  met.clear()
  met.set(nameOf(cost), cost)
}

const wanted = { fromMs: 40, toMs: 60 }
// All lanes together may hold this much of the machine's memory.
const shareOfMemory = 0.1
const samples = 3

async function fastestOf(candidate: PasswordCost): Promise<number> {
  const times: number[] = []
  for (let left = samples; left > 0; left--) {
    const startedAt = performance.now()
    await argon2.hash('how long does this take', optionsOf(candidate))
    times.push(performance.now() - startedAt)
  }
  return Math.min(...times)
}

/**
 * The first step of the ladder that costs this machine 40 to 60 ms. Takes less than a second: the first step is
 * measured, the others are reckoned from it, and the choice is measured once more.
 */
export async function measurePasswordCost(): Promise<PasswordCost> {
  const mostKib = (totalmem() * shareOfMemory) / lanes / 1_024
  const steps = ladder.filter(step => step.memoryKib <= Math.max(mostKib, 19_456))
  const msPerWork = (await fastestOf(leastPasswordCost)) / workOf(leastPasswordCost)
  const enough = steps.findIndex(step => workOf(step) * msPerWork >= wanted.fromMs)
  let at = enough === -1 ? steps.length - 1 : enough
  let chosen = steps[at] ?? leastPasswordCost
  while (at > 0 && (await fastestOf(chosen)) > wanted.toMs) {
    at--
    chosen = steps[at] ?? leastPasswordCost
  }
  return chosen
}

// The same text typed on two keyboards must be the same password.
const normalise = (password: string) => password.normalize('NFKC')

export const hashPassword = (password: string): Promise<string> =>
  inTurn(() => argon2.hash(normalise(password), optionsOf(cost)))

const parameters = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$/

/** Undefined for a hash of another kind. */
function costOf(hash: string): PasswordCost | undefined {
  const [, memoryKib, passes] = parameters.exec(hash) ?? []
  if (memoryKib === undefined || passes === undefined) return undefined
  return { memoryKib: Number(memoryKib), passes: Number(passes) }
}

/** Whether a hash cost less than today's do. A dearer one, of a stronger machine, is left as it is. */
export function needsRehash(hash: string): boolean {
  const own = costOf(hash)
  return own === undefined || workOf(own) < workOf(cost)
}

/**
 * Whether the password fits. A wrong one is hashed at every cost that this process has met, so that it takes as long
 * without a stored hash, with a cheap one and with a dear one: time tells nothing.
 */
export async function verifyPassword(hash: string | undefined, password: string): Promise<boolean> {
  const given = normalise(password)
  const own = hash === undefined ? undefined : costOf(hash)
  if (own !== undefined) met.set(nameOf(own), own)
  return inTurn(async () => {
    if (hash !== undefined && (await argon2.verify(hash, given))) return true
    const others = [...met].filter(([name]) => own === undefined || name !== nameOf(own))
    for (const [, other] of others) await argon2.hash(given, optionsOf(other))
    return false
  })
}
