import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Cloud } from '../../cloud.js'
import { unwrap } from '../../core/result.js'
import { createTestDisk } from '../../testing/device-store.js'
import { createSaveServer } from '../../testing/save-server.js'
import { startTestApi, type TestApi } from '../../testing/test-api.js'
import { createTestCloud, signIn } from '../../testing/test-cloud.js'

const rules = { fields: [{ path: '/coins', rule: 'sum' }] } as const
const seeds = 12
const turns = 80

let api: TestApi
beforeAll(async () => {
  api = await startTestApi()
})
afterAll(() => api.close())

/** Numbers from 0 to 1 that a seed repeats (mulberry32). */
function createDice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Progress {
  coins: number
}

/** A device whose game finds coins, goes offline, loses answers, restarts, and loads when it pleases. */
async function openDevice(dice: () => number) {
  const disk = createTestDisk()
  let isOnline = true
  let loss = 0.3
  let coins = 0
  let cloud: Cloud

  async function start(): Promise<void> {
    cloud = createTestCloud(api, {
      backoff: { firstMs: 1, maxMs: 2 },
      saves: { store: disk.open(), delayMs: 1, strategy: 'merge', rules },
      async fetch(input, init) {
        if (!String(input).includes('/saves')) return fetch(input, init)
        if (!isOnline || dice() < loss / 2) throw new TypeError('offline')
        const answer = await fetch(input, init)
        if (dice() < loss) throw new TypeError('the answer is lost')
        return answer
      },
    })
    await signIn(api, cloud)
    await begin()
  }
  async function load(): Promise<void> {
    const found = await cloud.saves.load<Progress>('a')
    if (found.success) coins = found.data.coins
  }
  /** A game begins with what there is: without it, it would not know what it adds to. */
  async function begin(): Promise<void> {
    for (;;) {
      const found = await cloud.saves.load<Progress>('a')
      if (found.success) coins = found.data.coins
      if (found.success || found.error.code === 'not_found') return
      isOnline = true
    }
  }
  await start()

  return {
    async play(): Promise<number> {
      const move = dice()
      if (move < 0.5) {
        coins += 1
        unwrap(await cloud.saves.save('a', { coins }))
        return 1
      }
      if (move < 0.65) isOnline = !isOnline
      else if (move < 0.8) await load()
      else if (move < 0.95) await cloud.saves.flush()
      else {
        cloud.close()
        await start()
      }
      return 0
    },
    async comeHome(): Promise<void> {
      isOnline = true
      loss = 0
      while (unwrap(await cloud.saves.flush()).pending > 0);
    },
    async look(): Promise<number> {
      await load()
      cloud.close()
      return coins
    },
  }
}

test(`three devices that play offline and online lose no coin and count none twice (${seeds} seeds)`, async () => {
  for (let seed = 1; seed <= seeds; seed++) {
    const server = createSaveServer()
    server.openAt(api, 'a')
    server.write('a', { coins: 0 })
    const dice = createDice(seed)
    const devices = [await openDevice(dice), await openDevice(dice), await openDevice(dice)]
    let found = 0
    for (let turn = 0; turn < turns; turn++) {
      found += (await devices[Math.floor(dice() * devices.length)]?.play()) ?? 0
    }
    for (const device of devices) await device.comeHome()
    const seen = []
    for (const device of devices) seen.push(await device.look())
    expect({ seed, seen, server: server.data('a') }).toEqual({
      seed,
      seen: [found, found, found],
      server: { coins: found },
    })
  }
}, 120_000)
