import { describe, expect, test } from 'vitest'
import { checkout } from '../local/checkout.js'
import { openTree } from '../rules/tree.js'
import { judge } from './judge.js'
import { madePatternsIn, patternsIn } from './patterns.js'

const tree = openTree(checkout)
const patterns = patternsIn(tree)
const textOf = ({ source, flags }: { source: string; flags: string }) => `/${source}/${flags}`

/** Not linear, and no harm: a pattern -> the longest text that reaches it, and why. */
const bounded: Readonly<Record<string, { longest: number; because: string }>> = {
  '/%.*$/': { longest: 16_384, because: 'an address out of the headers, which hold 16 KiB' },
  '/^[\\s.]+|[\\s.]+$/g': { longest: 254, because: 'an e-mail address' },
  '/^[^\\p{L}\\p{N}]+|[^\\p{L}\\p{M}\\p{N}]+$/gu': {
    longest: 200,
    because: 'a name that is cut before',
  },
  '/^[@!|€+(*._~·•․‧∙-]+|[@!|€+(*._~·•․‧∙-]+$/gu': {
    longest: 2_000,
    because: 'a word of a chat message',
  },
  '/^\\p{Nd}+|\\p{Nd}+$/gu': { longest: 2_000, because: 'a word of a chat message' },
  '/\\d+$/': { longest: 64, because: 'a username' },
  '/\\/+$/': { longest: 2_000, because: 'the address of the API, which the game itself names' },
  '/\\+[^@]*(?=@)/': { longest: 254, because: 'an e-mail address' },
}

describe('no text keeps a pattern busy', () => {
  const different = [...new Map(patterns.map(pattern => [textOf(pattern), pattern])).values()]
  test.each(different.map(pattern => [textOf(pattern), pattern] as const))(
    'E11: %s',
    { timeout: 120_000 },
    (text, pattern) => {
      const verdict = judge(pattern)
      const exception = bounded[text]
      if (exception === undefined) {
        expect(verdict.status, pattern.file).toBe('safe')
        return
      }
      expect(verdict.status, 'needs no exception any more').not.toBe('safe')
      const attack = (verdict.attack?.string ?? '').slice(0, exception.longest)
      const startedAt = performance.now()
      attack.replace(new RegExp(pattern.source, pattern.flags), '')
      expect(performance.now() - startedAt).toBeLessThan(250)
    },
  )

  test('E11: every exception is about a pattern that there is', () => {
    const there = patterns.map(textOf)
    expect(Object.keys(bounded).filter(text => !there.includes(text))).toEqual([])
  })

  test('E11: no pattern is made of what somebody sends', () => {
    expect(madePatternsIn(tree)).toEqual([])
  })
})

describe('the judge', () => {
  test.each([
    ['^(a+)+$', 'vulnerable'],
    ['^([a-zA-Z0-9_.+-]+)*@x\\.com$', 'vulnerable'],
    ['^(\\w+\\s?){1,200}$', 'vulnerable'],
    ['^[a-z]{1,64}$', 'safe'],
  ])(
    'finds %s to be %s',
    (source, status) => {
      expect(judge({ source, flags: '' }).status).toBe(status)
    },
    120_000,
  )
})
