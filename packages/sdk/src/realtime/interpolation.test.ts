import { expect, test } from 'vitest'
import { createInterpolator } from './interpolation.js'
import { createLuck } from './network-simulator.js'

test('shows numbers between two states, inside arrays and objects too', () => {
  const others = createInterpolator({ delay_ms: 100 })
  others.push(
    'a',
    { x: 0, position: [0, 10], body: { hp: 100 }, name: 'old', gun: 'bow' },
    { time: 1_000 },
  )
  others.push(
    'a',
    { x: 10, position: [4, 20], body: { hp: 50 }, name: 'new', gun: 'axe' },
    { time: 1_100 },
  )
  expect(others.sample('a', 1_150)).toEqual({
    x: 5,
    position: [2, 15],
    body: { hp: 75 },
    name: 'old',
    gun: 'bow',
  })
})

test('stays at the nearest state before the first and after the last', () => {
  const others = createInterpolator({ delay_ms: 100 })
  others.push('a', { x: 1 }, { time: 1_000 })
  others.push('a', { x: 2 }, { time: 1_100 })
  expect(others.sample('a', 1_000)).toEqual({ x: 1 })
  expect(others.sample('a', 1_100)).toEqual({ x: 1 })
  expect(others.sample('a', 1_200)).toEqual({ x: 2 })
  expect(others.sample('a', 9_000)).toEqual({ x: 2 })
})

test('turns angles the short way round', () => {
  const others = createInterpolator({ delay_ms: 0, angles: ['rotation', 'aim'] })
  const from = { rotation: 3, aim: { yaw: -3 } }
  const to = { rotation: -3, aim: { yaw: 3 } }
  others.push('a', from, { time: 0 })
  others.push('a', to, { time: 100 })
  const halfway = others.sample('a', 50)
  expect(Math.abs(Number(halfway?.rotation))).toBeCloseTo(Math.PI)
  expect(halfway?.aim).toEqual({ yaw: expect.closeTo(-Math.PI) })
})

test('does not blend what has another shape', () => {
  const others = createInterpolator({ delay_ms: 0 })
  others.push('a', { list: [1, 2], target: null, gone: 1 }, { time: 0 })
  others.push('a', { list: [1], target: { x: 1 } }, { time: 100 })
  expect(others.sample('a', 50)).toEqual({ list: [1, 2], target: null, gone: 1 })
})

test('passes through every pair in turn and keeps players apart', () => {
  const others = createInterpolator({ delay_ms: 0 })
  for (let time = 0; time <= 1_000; time += 50) {
    others.push('a', { x: time }, { time })
    others.push('b', { x: -time }, { time })
  }
  for (let now = 25; now < 1_000; now += 10) {
    expect(others.sample('a', now)?.x).toBeCloseTo(now)
    expect(others.sample('b', now)?.x).toBeCloseTo(-now)
  }
})

test('takes the newer of two states of one moment, or of a clock that went back', () => {
  const others = createInterpolator({ delay_ms: 0 })
  others.push('a', { x: 1 }, { time: 100 })
  others.push('a', { x: 2 }, { time: 100 })
  expect(others.sample('a', 100)).toEqual({ x: 2 })
  others.push('a', { x: 3 }, { time: 50 })
  expect(others.sample('a', 100)).toEqual({ x: 3 })
})

test('forgets players', () => {
  const others = createInterpolator()
  others.push('a', { x: 1 })
  others.push('b', { x: 1 })
  others.remove('a')
  expect(others.sample('a')).toBeUndefined()
  expect(others.sample('b')).toEqual({ x: 1 })
  others.clear()
  expect(others.sample('b')).toBeUndefined()
})

test('blends nothing in the fields that snap', () => {
  const others = createInterpolator({ delay_ms: 0, snap: ['health', 'stats'] })
  others.push('a', { x: 0, health: 3, stats: { kills: 0 }, body: { health: 9 } }, { time: 0 })
  others.push('a', { x: 10, health: 2, stats: { kills: 1 }, body: { health: 8 } }, { time: 100 })
  expect(others.sample('a', 50)).toEqual({
    x: 5,
    health: 3,
    stats: { kills: 0 },
    body: { health: 9 },
  })
})

test('answers states of the type that the game has named', () => {
  interface Fighter {
    x: number
    name: string
  }
  const others = createInterpolator<Fighter>({ delay_ms: 0 })
  const fighter: Fighter = { x: 1, name: 'Ada' }
  others.push('a', fighter, { time: 0 })
  const seen: Fighter | undefined = others.sample('a', 0)
  expect(seen?.name).toBe('Ada')
})

test('goes on as before when a state is late, but not for long', () => {
  const others = createInterpolator({ delay_ms: 0, extrapolate_ms: 100 })
  others.push('a', { x: 0, name: 'old' }, { time: 0 })
  others.push('a', { x: 10, name: 'new' }, { time: 100 })
  expect(others.sample('a', 150)).toEqual({ x: 15, name: 'new' })
  expect(others.sample('a', 200)).toEqual({ x: 20, name: 'new' })
  // Whoever stands still sends nothing: back to what is known.
  expect(others.sample('a', 250)).toEqual({ x: 15, name: 'new' })
  expect(others.sample('a', 9_000)).toEqual({ x: 10, name: 'new' })
  // Two states that came together say little about the speed; one alone says nothing.
  others.push('a', { x: 11, name: 'new' }, { time: 101 })
  expect(others.sample('a', 111)?.x).toBeCloseTo(12.1, 0)
  others.push('b', { x: 1 }, { time: 0 })
  expect(others.sample('b', 50)).toEqual({ x: 1 })
})

test('shows states at the pace of the sender, however the network stutters', () => {
  const others = createInterpolator({ delay_ms: 150 })
  const luck = createLuck(4)
  const arrivals: [arrives: number, sent: number][] = []
  for (let sent = 0; sent < 5_000; sent += 50) arrivals.push([9_000 + sent + luck() * 99, sent])
  let worst = 0
  for (let now = 9_000; now < 13_900; now += 10) {
    while ((arrivals[0]?.[0] ?? now) < now) {
      const [time, sent_at] = arrivals.shift() ?? [0, 0]
      others.push('a', { x: sent_at }, { time, sent_at })
    }
    // Once the fastest way is known, what is shown moves evenly.
    if (now < 11_000) continue
    worst = Math.max(worst, Math.abs(Number(others.sample('a', now)?.x) - (now - 9_000 - 150)))
  }
  expect(worst).toBeLessThan(10)
})

test('starts anew when a sender begins to say when it sent', () => {
  const others = createInterpolator({ delay_ms: 0 })
  others.push('a', { x: 1 }, { time: 1_000 })
  others.push('a', { x: 2 }, { time: 1_100, sent_at: 5 })
  expect(others.sample('a', 1_000)).toEqual({ x: 2 })
  others.push('a', { x: 3 }, { time: 1_200 })
  expect(others.sample('a', 1_000)).toEqual({ x: 3 })
})

test('begins to move after a pause, not before it', () => {
  const others = createInterpolator({ delay_ms: 100, extrapolate_ms: 50 })
  others.push('a', { x: 0 }, { time: 0 })
  expect(others.sample('a', 5_000)).toEqual({ x: 0 })
  others.push('a', { x: 10 }, { time: 5_000 })
  expect(others.sample('a', 5_000)).toEqual({ x: 0 })
  expect(others.sample('a', 5_050)).toEqual({ x: 5 })
  expect(others.sample('a', 5_100)).toEqual({ x: 10 })
  // How fast the move was, one state cannot say.
  expect(others.sample('a', 5_120)).toEqual({ x: 10 })
})
