import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createServerClock } from './clock.js'
import { createPinger } from './pinger.js'

beforeEach(() => void vi.useFakeTimers({ now: 0 }))
afterEach(() => void vi.useRealTimers())

test('knows the time of the server within a second, and asks less often then', () => {
  const clock = createServerClock()
  const ahead = 86_400_000
  let asked = 0
  const pinger = createPinger({
    clock,
    everyMs: 5_000,
    ping() {
      const id = ++asked
      setTimeout(() => {
        const time = new Date(Date.now() + ahead).toISOString()
        setTimeout(() => pinger.heard(id, time), 30)
      }, 30)
      return id
    },
  })
  vi.advanceTimersByTime(1_100)
  expect(asked).toBe(5)
  expect(Math.abs(Number(clock.serverTime()) - Date.now() - ahead)).toBeLessThanOrEqual(1)
  expect(clock.latency()?.round_trip_ms).toBeCloseTo(60)
  vi.advanceTimersByTime(50_000)
  expect(asked).toBe(15)
  pinger.stop()
  vi.advanceTimersByTime(50_000)
  expect(asked).toBe(15)
})

test('takes no answer that it has not asked for, or twice', () => {
  const clock = createServerClock()
  const pinger = createPinger({ clock, everyMs: 5_000, ping: () => 1 })
  pinger.heard(undefined, new Date().toISOString())
  pinger.heard(2, new Date().toISOString())
  expect(clock.latency()).toBeUndefined()
  vi.advanceTimersByTime(100)
  pinger.heard(1, 'no time at all')
  expect(clock.latency()).toBeUndefined()
  pinger.stop()
})
