import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLatestOnly } from './latest-only.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('passes at most twenty a second on, always the latest', () => {
  const passed: number[] = []
  const latest = createLatestOnly<number>(50, value => passed.push(value) > 0)
  for (let frame = 0; frame < 120; frame++) {
    latest.push(frame)
    vi.advanceTimersByTime(1_000 / 60)
  }
  vi.advanceTimersByTime(100)
  expect(passed.length).toBeLessThanOrEqual(41)
  expect(passed.length).toBeGreaterThanOrEqual(38)
  expect(passed[0]).toBe(0)
  expect(passed.at(-1)).toBe(119)
})

test('offers again what could not be taken, in its latest form', () => {
  const passed: number[] = []
  let isReady = false
  const latest = createLatestOnly<number>(50, value => isReady && passed.push(value) > 0)
  latest.push(1)
  latest.push(2)
  vi.advanceTimersByTime(200)
  expect(passed).toEqual([])
  isReady = true
  vi.advanceTimersByTime(50)
  expect(passed).toEqual([2])
})

test('rests when there is nothing to pass on, and forgets when told', () => {
  const passed: number[] = []
  const latest = createLatestOnly<number>(50, value => passed.push(value) > 0)
  latest.push(1)
  vi.advanceTimersByTime(200)
  expect(vi.getTimerCount()).toBe(0)
  latest.push(2)
  latest.push(3)
  latest.clear()
  vi.advanceTimersByTime(200)
  expect(passed).toEqual([1, 2])
  expect(vi.getTimerCount()).toBe(0)
})
