import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLeases, type Lease, type LeaseTable } from './leases.js'

let leases: Map<string, Lease>
let table: LeaseTable

beforeEach(() => {
  vi.useFakeTimers()
  leases = new Map()
  table = {
    async change(name, edit) {
      const next = edit(leases.get(name))
      if (next === null) leases.delete(name)
      else if (next !== undefined) leases.set(name, next)
    },
  }
})
afterEach(() => void vi.useRealTimers())

test('lets one holder work at a time, for however long it takes', async () => {
  const order: string[] = []
  const slow = createLeases(table)('sync', async () => {
    order.push('first begins')
    await new Promise(resolve => setTimeout(resolve, 60_000))
    order.push('first ends')
  })
  const other = createLeases(table)('sync', async () => void order.push('second'))
  await vi.advanceTimersByTimeAsync(61_000)
  await Promise.all([slow, other])
  expect(order).toEqual(['first begins', 'first ends', 'second'])
  expect(leases.size).toBe(0)
})

test('waits for one that has died until its lease runs out', async () => {
  leases.set('sync', { holder: 'dead', until: Date.now() + 10_000 })
  let isIn = false
  const waiting = createLeases(table)('sync', async () => {
    isIn = true
  })
  await vi.advanceTimersByTimeAsync(9_000)
  expect(isIn).toBe(false)
  await vi.advanceTimersByTimeAsync(2_000)
  await waiting
  expect(isIn).toBe(true)
})
