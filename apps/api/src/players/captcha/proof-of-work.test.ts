import { createHash, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { leadingZeroBits, mintChallenge, readSolution } from './proof-of-work.js'

const key = randomBytes(32)
const environmentId = '01890000-0000-7000-8000-000000000000'
const task = { environmentId, difficulty: 8, expiresAt: 1_900_000_000 }

/** As a client does it. */
function solve(challenge: string, difficulty: number): string {
  for (let n = 0; ; n++) {
    const solution = `${challenge}.${n}`
    if (leadingZeroBits(createHash('sha256').update(solution).digest()) >= difficulty)
      return solution
  }
}

describe('a challenge', () => {
  test('is read back from its solution', () => {
    const challenge = mintChallenge(key, task)
    expect(readSolution(key, solve(challenge, 8))).toEqual({ ...task, challenge })
  })

  test('A20: is worth nothing under another key, changed, unsolved or out of shape', () => {
    const challenge = mintChallenge(key, task)
    const solution = solve(challenge, 8)
    expect(readSolution(randomBytes(32), solution)).toBeUndefined()
    expect(readSolution(key, solve(challenge.replace('.8.', '.1.'), 1))).toBeUndefined()
    const wrong = Array.from({ length: 50 }, (_, n) => `${challenge}.${n}`).find(
      text => leadingZeroBits(createHash('sha256').update(text).digest()) < 8,
    )
    expect(readSolution(key, wrong ?? '')).toBeUndefined()
    for (const text of ['', '.', challenge, `${solution}.1`, `${solution} `, 'x'.repeat(5_000)])
      expect(readSolution(key, text)).toBeUndefined()
  })

  test('counts leading zero bits as the binary text shows them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 8 }), bytes => {
        const binary = [...bytes].map(byte => byte.toString(2).padStart(8, '0')).join('')
        expect(leadingZeroBits(bytes)).toBe(/^0*/.exec(binary)?.[0].length)
      }),
    )
  })
})
