import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createPipe, type NetworkConditions } from './network-pipe.js'
import { createLuck } from './network-simulator.js'
import { createPrediction, type NumberedInput } from './prediction.js'

interface Body {
  x: number
  speed: number
  jumps: number
}

interface Push {
  push: number
  ms: number
}

const initial: Body = { x: 0, speed: 0, jumps: 0 }

/** Walls and friction, so that where one ends up depends on every input and on their order. */
function step(body: Body, { push, ms }: Push): Body {
  const speed = (body.speed + push) * 0.9
  const x = Math.max(-100, Math.min(100, body.x + (speed * ms) / 16))
  return { x, speed: Math.abs(x) === 100 ? -speed : speed, jumps: body.jumps + (push > 4 ? 1 : 0) }
}

const walk = { push: 1, ms: 16 }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('moves at once, and stays there when the server says the same', () => {
  const own = createPrediction({ initial, step })
  expect(own.predict(walk)).toEqual({ number: 1, input: walk })
  expect(own.predict(walk)).toEqual({ number: 2, input: walk })
  const moved = step(step(initial, walk), walk)
  expect(own.state()).toEqual(moved)
  expect(own.reconcile(step(initial, walk), 1)).toEqual({ corrected: false, replayed: 1 })
  expect(own.pending()).toEqual([{ number: 2, input: walk }])
  expect(own.reconcile(moved, 2)).toEqual({ corrected: false, replayed: 0 })
  expect(own.view()).toEqual(moved)
})

test('plays what the server has not seen again on what the server says', () => {
  const own = createPrediction({ initial, step })
  for (let count = 0; count < 3; count++) own.predict(walk)
  const hit = { x: 50, speed: -3, jumps: 2 }
  expect(own.reconcile(hit, 1)).toEqual({ corrected: true, replayed: 2 })
  expect(own.state()).toEqual(step(step(hit, walk), walk))
})

test('lets a correction fade in', () => {
  const own = createPrediction({ initial, step: body => body, halve_ms: 50 })
  own.reconcile({ ...initial, x: 8 }, 0, 1_000)
  expect(own.state().x).toBe(8)
  expect(own.view(1_000).x).toBe(0)
  expect(own.view(1_050).x).toBe(4)
  expect(own.view(1_100).x).toBe(6)
  // A second correction goes on from what is seen.
  own.reconcile({ ...initial, x: -2 }, 0, 1_100)
  expect(own.view(1_100).x).toBe(6)
  expect(own.view(1_150).x).toBe(2)
  expect(own.view(2_000)).toEqual({ ...initial, x: -2 })
})

test('shows a correction at once where the game wants it: jumps, and what snaps', () => {
  const start = { at: [0, 0], turn: 3, hp: 9 }
  const rules = { angles: ['turn'], snap: ['hp'], jumps: { at: 5 } }
  const own = createPrediction({ initial: start, step: body => body, ...rules })
  own.reconcile({ at: [1, 2], turn: -3, hp: 4 }, 0, 0)
  expect(own.view(50)).toEqual({
    at: [0.5, 1],
    turn: expect.closeTo(-3 - (Math.PI - 3)),
    hp: 4,
  })
  own.reconcile({ at: [9, 2], turn: -3, hp: 4 }, 0, 5_000)
  expect(own.view(5_000).at).toEqual([9, 2])
  const abrupt = createPrediction({ initial: start, step: body => body, halve_ms: 0 })
  abrupt.reconcile({ ...start, turn: 0 }, 0)
  expect(abrupt.view().turn).toBe(0)
})

test('ignores what is older than the last acknowledgement', () => {
  const own = createPrediction({ initial, step })
  own.predict(walk)
  own.predict(walk)
  own.reconcile({ ...initial, x: 7 }, 2)
  expect(own.reconcile({ ...initial, x: 3 }, 1)).toEqual({ corrected: false, replayed: 0 })
  expect(own.state().x).toBe(7)
})

test('takes no more inputs than may wait', () => {
  const own = createPrediction({ initial, step, mostPending: 3 })
  const taken = Array.from({ length: 5 }, () => own.predict(walk)?.number)
  expect(taken).toEqual([1, 2, 3, undefined, undefined])
  expect(own.state()).toEqual(step(step(step(initial, walk), walk), walk))
  own.reconcile(step(initial, walk), 1)
  expect(own.predict(walk)?.number).toBe(4)
  own.reset(initial)
  expect(own.pending()).toEqual([])
  expect(own.predict(walk)?.number).toBe(5)
})

interface Play {
  isReliable: boolean
  conditions: NetworkConditions
  seed: number
}

/** A player who pushes about for five seconds, and a room that decides, and pushes too. */
function play({ isReliable, conditions, seed }: Play) {
  const luck = createLuck(seed)
  const parts = { isReliable, luck, conditions: () => conditions }
  const toServer = createPipe(parts)
  const toClient = createPipe(parts)
  const own = createPrediction({ initial, step, mostPending: 64 })
  const applied: number[] = []
  let truth = initial
  let lastInput = 0
  let newestTick = 0
  let corrections = 0

  const receive = (inputs: readonly NumberedInput<Push>[]) => {
    for (const { number, input } of inputs) {
      if (number !== lastInput + 1) continue
      lastInput = number
      applied.push(number)
      truth = step(truth, input)
    }
  }

  for (let tick = 1; tick <= 12_000; tick++) {
    vi.advanceTimersByTime(10)
    const isPlaying = tick <= 500
    if (isPlaying && luck() < 0.6) {
      const numbered = own.predict({ push: Math.floor(luck() * 11) - 5, ms: 16 })
      if (isReliable && numbered) toServer.pass(40, () => receive([numbered]))
    }
    // Datagrams may be lost, so each carries all that was not acknowledged.
    const waiting = [...own.pending()]
    if (!isReliable && tick % 3 === 0) toServer.pass(waiting.length * 40, () => receive(waiting))
    if (tick % 5 === 0) {
      if (isPlaying && luck() < 0.2) truth = { ...truth, x: truth.x / 2, speed: luck() * 9 }
      const snapshot = { state: truth, last: lastInput, tick }
      toClient.pass(60, () => {
        if (snapshot.tick <= newestTick) return
        newestTick = snapshot.tick
        if (own.reconcile(snapshot.state, snapshot.last).corrected) corrections++
      })
    }
    expect(own.pending().length).toBeLessThanOrEqual(64)
    if (tick > 600 && own.pending().length === 0 && newestTick > 600) break
  }
  vi.advanceTimersByTime(1_000)
  return { own, truth, applied, corrections }
}

const badNetwork = fc.record({
  delay_ms: fc.nat(400),
  jitter_ms: fc.nat(300),
  loss: fc.double({ min: 0, max: 0.4, noNaN: true }),
  duplicate: fc.double({ min: 0, max: 0.3, noNaN: true }),
})

test.each([
  ['a socket', true],
  ['datagrams', false],
])('comes to the state of the server over %s, whatever gets lost or late', (_, isReliable) => {
  let corrections = 0
  fc.assert(
    fc.property(badNetwork, fc.integer(), (conditions, seed) => {
      const end = play({ isReliable, conditions, seed })
      expect(end.own.pending()).toEqual([])
      expect(end.own.state()).toEqual(end.truth)
      expect(end.own.view()).toEqual(end.truth)
      // No input was lost, none came twice.
      expect(end.applied).toEqual(end.applied.map((__, index) => index + 1))
      corrections += end.corrections
    }),
    { numRuns: 40, seed: 20_261_121 },
  )
  expect(corrections).toBeGreaterThan(100)
})

test('replays one match alike from one seed', () => {
  const conditions = { delay_ms: 80, jitter_ms: 60, loss: 0.2 }
  const first = play({ isReliable: true, conditions, seed: 7 })
  const second = play({ isReliable: true, conditions, seed: 7 })
  expect(second.truth).toEqual(first.truth)
  expect(second.corrections).toBe(first.corrections)
})
