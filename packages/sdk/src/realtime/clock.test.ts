import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createServerClock } from './clock.js'
import { createLuck } from './network-simulator.js'

/** A server whose clock is ahead, and a way to it. */
function createWay(ahead: number) {
  let time = 0
  const clock = createServerClock({ now: () => time })
  return {
    clock,
    at: () => time,
    pass: (ms: number) => {
      time += ms
    },
    serverNow: () => time + ahead,
    setServer(ms: number) {
      ahead += ms
    },
    ping(there: number, back: number) {
      const sent = time
      time += there
      const server = Math.floor(time + ahead)
      time += back
      clock.note(sent, server, time)
    },
  }
}

test('knows nothing before the first answer', () => {
  const { clock } = createWay(0)
  expect(clock.latency()).toBeUndefined()
  expect(clock.serverTime()).toBeUndefined()
  expect(clock.uncertaintyMs()).toBeUndefined()
})

test('tells the time of the server and how long the way is', () => {
  const way = createWay(1_000_000)
  way.ping(40, 40)
  expect(way.clock.serverTime()).toBe(way.serverNow())
  expect(way.clock.latency()).toEqual({ round_trip_ms: 80, least_ms: 80, jitter_ms: 0 })
  way.pass(5_000)
  expect(way.clock.serverTime()).toBe(way.serverNow())
  for (let count = 0; count < 100; count++) way.ping(20, 20)
  expect(way.clock.latency()?.round_trip_ms).toBeCloseTo(40, 0)
  expect(way.clock.latency()?.least_ms).toBe(40)
})

test('believes the fastest ping, not the last', () => {
  const way = createWay(500)
  way.ping(10, 10)
  way.ping(10, 900)
  way.ping(400, 20)
  expect(Math.abs(Number(way.clock.serverTime()) - way.serverNow())).toBeLessThanOrEqual(1)
})

test('is never further off than it says, on any network, and never runs backwards', () => {
  fc.assert(
    fc.property(fc.integer(), fc.nat(300), fc.nat(1_500), (seed, least, jitter) => {
      const luck = createLuck(seed)
      const way = createWay(luck() * 1e12)
      let before = Number.NEGATIVE_INFINITY
      for (let count = 0; count < 60; count++) {
        way.ping(least + luck() * jitter, least + luck() * jitter)
        for (let part = 0; part < 10; part++) {
          way.pass(luck() * 200)
          const told = Number(way.clock.serverTime())
          expect(told).toBeGreaterThanOrEqual(before)
          before = told
        }
      }
      way.pass(5_000)
      way.clock.serverTime()
      way.pass(40_000)
      const off = Math.abs(Number(way.clock.serverTime()) - way.serverNow())
      expect(off).toBeLessThanOrEqual(Number(way.clock.uncertaintyMs()))
    }),
    { numRuns: 100, seed: 11 },
  )
})

test('notices that a clock was set, or that the device slept', () => {
  const way = createWay(0)
  for (let count = 0; count < 10; count++) way.ping(10, 10)
  way.setServer(3_600_000)
  // Slower than all before, and yet the only one that can be right.
  way.ping(60, 60)
  expect(Math.abs(Number(way.clock.serverTime()) - way.serverNow())).toBeLessThanOrEqual(61)
})

test('ignores answers that cannot be, and forgets when told to', () => {
  const { clock } = createWay(0)
  clock.note(100, 50, 90)
  clock.note(100, Number.NaN, 120)
  expect(clock.latency()).toBeUndefined()
  clock.note(100, 5_000, 120)
  expect(clock.serverTime(120)).toBe(5_010)
  clock.reset()
  expect(clock.serverTime(120)).toBeUndefined()
})
