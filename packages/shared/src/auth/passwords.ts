import { availableParallelism } from 'node:os'
import argon2 from 'argon2'
import { createLanes } from '../limits/index.js'

// OWASP Password Storage Cheat Sheet: argon2id with m = 19 MiB, t = 2, p = 1. The hash records them.
const parameters = {
  type: argon2.argon2id,
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
} as const

// Hashing is the most expensive thing a stranger can ask for: as many at once as there are cores, and a bounded line.
const inTurn = createLanes(availableParallelism(), 64)

// The same text typed on two keyboards must be the same password.
const normalise = (password: string) => password.normalize('NFKC')

export const hashPassword = (password: string): Promise<string> =>
  inTurn(() => argon2.hash(normalise(password), parameters))

let decoy: Promise<string> | undefined

/** Whether the password fits. Without a stored hash it takes as long and answers false: time tells nothing. */
export async function verifyPassword(hash: string | undefined, password: string): Promise<boolean> {
  decoy ??= argon2.hash('nobody has this password', parameters)
  const against = hash ?? (await decoy)
  const fits = await inTurn(() => argon2.verify(against, normalise(password)))
  return fits && hash !== undefined
}

/** Whether a hash was made with weaker parameters than today's. */
export const needsRehash = (hash: string): boolean => argon2.needsRehash(hash, parameters)
