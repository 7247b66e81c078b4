import { describe, expect, test } from 'vitest'
import { createInputQueue } from './input-queue.js'

const numbers = (value: unknown) => (typeof value === 'number' ? value : undefined)
const drain = (queue: ReturnType<typeof createInputQueue<number>>) => {
  const taken: [number, number | undefined][] = []
  for (let next = queue.next(); next !== undefined; next = queue.next()) {
    taken.push([next.number, next.input])
  }
  return taken
}

describe('a queue of inputs', () => {
  test('gives each out once, in the order of their numbers', () => {
    const queue = createInputQueue({ read: numbers })
    for (const number of [2, 1, 1, 4, 2]) queue.add({ number, input: number * 10 })
    expect(drain(queue)).toEqual([
      [1, 10],
      [2, 20],
    ])
    expect(queue.last()).toBe(2)
    for (const number of [1, 3]) queue.add({ number, input: number * 10 })
    expect(queue.peek()).toEqual({ number: 3, input: 30 })
    expect(drain(queue)).toEqual([
      [3, 30],
      [4, 40],
    ])
  })

  test('counts what cannot be read, and passes over what has no number', () => {
    const queue = createInputQueue({ read: numbers })
    const rubbish = [null, 1, 'x', {}, { number: 'x' }, { number: 1.5 }, { number: 1e300 }]
    for (const each of rubbish) queue.add(each)
    expect(drain(queue)).toEqual([])
    queue.add({ number: 1, input: 'far' })
    expect(drain(queue)).toEqual([[1, undefined]])
  })

  test('goes on without what never comes, and never holds more than it may', () => {
    const queue = createInputQueue({ read: numbers, mostWaiting: 4 })
    for (let number = 2; number < 100; number++) queue.add({ number, input: number })
    expect(queue.next()?.number).toBe(2)
    expect(drain(queue).map(([number]) => number)).toEqual([3, 4, 5])
  })

  test('goes on where another node stopped', () => {
    const before = createInputQueue({ read: numbers })
    for (const number of [1, 2, 3, 5]) before.add({ number, input: number })
    before.next()
    const kept = JSON.parse(JSON.stringify(before.keep()))
    const queue = createInputQueue({ read: numbers, kept })
    for (const number of [1, 2, 4]) queue.add({ number, input: number * 10 })
    expect(drain(queue)).toEqual([
      [2, 2],
      [3, 3],
      [4, 40],
      [5, 5],
    ])
  })
})
