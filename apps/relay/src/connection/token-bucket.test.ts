import { expect, test } from 'vitest'
import { TokenBucket } from './token-bucket.js'

const takeMany = (bucket: TokenBucket, count: number, now: number) =>
  Array.from({ length: count }, () => bucket.take(now))

test('grants a burst, refuses a burst, and then calls it flooding', () => {
  const verdicts = takeMany(new TokenBucket(10, 20, 0), 41, 0)
  expect(verdicts.slice(0, 20)).toEqual(Array(20).fill('granted'))
  expect(verdicts.slice(20, 40)).toEqual(Array(20).fill('refused'))
  expect(verdicts[40]).toBe('flooding')
})

test('grants the average for ever, and forgives who lets it fill up again', () => {
  const bucket = new TokenBucket(10, 20, 0)
  for (let second = 0; second < 100; second++) {
    expect(takeMany(bucket, 10, second * 1_000)).toEqual(Array(10).fill('granted'))
  }
  takeMany(bucket, 35, 100_000)
  expect(takeMany(bucket, 40, 110_000).filter(verdict => verdict === 'refused')).toHaveLength(20)
})
