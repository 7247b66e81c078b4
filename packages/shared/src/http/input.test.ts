import { expect, test } from 'vitest'
import { z } from 'zod'
import { Problem } from '../errors/index.js'
import { parseInput } from './input.js'

const Shape = z.strictObject({
  name: z.string().min(3),
  mood: z.enum(['calm', 'wild']),
  score: z.int(),
  tags: z.array(z.string()).max(1),
  mail: z.email(),
  slot: z.string().regex(/^[a-z]+$/, 'is not a to z'),
})

const flawsOf = (value: unknown) => {
  try {
    parseInput(Shape, value, '')
  } catch (error) {
    if (error instanceof Problem) return error.toDocument('id').errors
  }
  return undefined
}

test('names every flaw in words that a player could be shown', () => {
  const value = { name: 'x', mood: 'odd', score: 1.5, tags: ['a', 'b'], slot: 'A1', extra: 1 }
  expect(flawsOf(value)).toEqual([
    { pointer: '/name', reason: 'has fewer than 3 characters' },
    { pointer: '/mood', reason: 'is not "calm" or "wild"' },
    { pointer: '/score', reason: 'is not a whole number that is kept exactly' },
    { pointer: '/tags', reason: 'has more than 1 items' },
    { pointer: '/mail', reason: 'is missing' },
    { pointer: '/slot', reason: 'is not a to z' },
    { pointer: '/extra', reason: 'is not a known field' },
  ])
  expect(flawsOf([])).toEqual([{ pointer: '', reason: 'is not an object' }])
})
