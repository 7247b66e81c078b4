import argon2 from 'argon2'
import { afterEach, expect, test } from 'vitest'
import {
  hashPassword,
  leastPasswordCost,
  measurePasswordCost,
  needsRehash,
  setPasswordCost,
  verifyPassword,
} from './passwords.js'

afterEach(() => setPasswordCost(leastPasswordCost))

const dearer = { memoryKib: 32_768, passes: 2 }

test('a hash says what it cost, and is never cheaper than the least', async () => {
  setPasswordCost({ memoryKib: 8, passes: 1 })
  expect(await hashPassword('a password')).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  setPasswordCost(dearer)
  expect(await hashPassword('a password')).toMatch(/^\$argon2id\$v=19\$m=32768,t=2,p=1\$/)
})

test('a cheaper hash is renewed, one as dear or dearer is not, and any other kind is', async () => {
  const cheap = await hashPassword('a password')
  setPasswordCost(dearer)
  const dear = await hashPassword('a password')
  expect([needsRehash(cheap), needsRehash(dear)]).toEqual([true, false])
  setPasswordCost(leastPasswordCost)
  expect([needsRehash(cheap), needsRehash(dear)]).toEqual([false, false])
  const other = await argon2.hash('a password', { type: argon2.argon2i })
  expect([needsRehash(other), needsRehash('$2b$10$abcdefghijklmnopqrstuv')]).toEqual([true, true])
})

test('hashes of every cost are verified', async () => {
  const cheap = await hashPassword('cafe\u0301 au lait')
  setPasswordCost(dearer)
  expect(await verifyPassword(cheap, 'caf\u00e9 au lait')).toBe(true)
  expect(await verifyPassword(cheap, 'cafe au lait')).toBe(false)
})

/** Milliseconds of processor time: what else the machine does matters little to them. */
async function workOfComparing(hash: string | undefined, password: string): Promise<number> {
  const before = process.cpuUsage()
  await verifyPassword(hash, password)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

/** The least of three each, taken in turns. */
async function worksOfWrong(hashes: readonly (string | undefined)[]): Promise<number[]> {
  const least = hashes.map(() => Number.POSITIVE_INFINITY)
  for (let round = 0; round < 3; round++) {
    for (const [at, hash] of hashes.entries()) {
      least[at] = Math.min(least[at] ?? 0, await workOfComparing(hash, 'a wrong password'))
    }
  }
  return least
}

test('A2: a wrong password is the same work for no hash, a cheap one, today’s and a dearer one', async () => {
  const cheap = await hashPassword('a password')
  setPasswordCost({ memoryKib: 47_104, passes: 2 })
  const dear = await hashPassword('a password')
  setPasswordCost(dearer)
  const today = await hashPassword('a password')
  const [alone = 0] = await worksOfWrong([undefined])
  await Promise.all([cheap, dear].map(hash => verifyPassword(hash, 'a wrong password')))
  const works = await worksOfWrong([undefined, cheap, today, dear])
  expect(Math.max(...works) / Math.min(...works)).toBeLessThan(1.25)
  expect(Math.min(...works) / alone).toBeGreaterThan(2)
  // Who is let in waits for their own hash alone.
  expect(await workOfComparing(today, 'a password')).toBeLessThan(Math.min(...works))
})

test('without a stored hash nothing fits, not even the password of the decoy', async () => {
  expect(await verifyPassword(undefined, 'nobody has this password')).toBe(false)
})

test('what this machine can afford is measured within seconds, and is no less than the least', async () => {
  const startedAt = performance.now()
  const { memoryKib, passes } = await measurePasswordCost()
  expect(memoryKib).toBeGreaterThanOrEqual(leastPasswordCost.memoryKib)
  expect(memoryKib).toBeLessThanOrEqual(65_536)
  expect(passes).toBeGreaterThanOrEqual(leastPasswordCost.passes)
  expect(passes).toBeLessThanOrEqual(8)
  expect(performance.now() - startedAt).toBeLessThan(15_000)
})
