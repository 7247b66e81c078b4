import { unwrap } from '@aethex/sdk'
import { createServer } from '@aethex/sdk/server'
import { freshEnvironment, type TestEnvironment } from '@aethex/shared/testing'
import { beforeAll, expect, inject, test } from 'vitest'

let home: TestEnvironment

beforeAll(async () => {
  home = await freshEnvironment(inject('stack'))
})

/** A network that loses every third answer after the request was carried out. */
function lossyFetch(): typeof fetch {
  let asked = 0
  return async (input, init) => {
    const response = await fetch(input, init)
    if (asked++ % 3 !== 2) return response
    await response.arrayBuffer()
    throw new TypeError('the answer was lost')
  }
}

const open = (fetching: typeof fetch = fetch) =>
  createServer({
    apiKey: home.secretKey,
    url: home.apiUrl,
    fetch: fetching,
    backoff: { firstMs: 1, maxMs: 5 },
  })

test('a server keeps its world through lost answers, and another one begins from exactly there', async () => {
  const worldId = `w-${crypto.randomUUID()}`
  const first = open(lossyFetch())
  let sum = 0
  const troubles: string[] = []
  const world = first.persistWorld({
    worldId,
    snapshot: () => ({ sum }),
    snapshotEveryEvents: 40,
    flushEveryMs: 5,
    batchEvents: 7,
    onTrouble: ({ kind, error }) => troubles.push(`${kind} ${error?.code}`),
  })
  expect(await world.restore()).toMatchObject({ state: null, sequence: 0, events: [] })
  for (let n = 1; n <= 200; n++) {
    sum += n
    world.record('added', { n })
    if (n % 20 === 0) await new Promise(resolve => setTimeout(resolve, 10))
  }
  await unwrap(world.flush())
  expect(world.status()).toMatchObject({ recorded: 200, acknowledged: 200, last_sequence: 200 })
  first.close()
  expect(troubles).toEqual([])

  const second = open()
  const again = second.persistWorld({ worldId, snapshot: () => ({ sum: 0 }) })
  const { state, sequence, events } = await unwrap(again.restore())
  expect(sequence).toBeGreaterThanOrEqual(40)
  expect(events.map(event => event.sequence)).toEqual(
    Array.from({ length: 200 - sequence }, (_, n) => sequence + n + 1),
  )
  const rest = events.reduce((total, { data }) => total + Object(data).n, 0)
  expect(Object(state).sum + rest).toBe(sum)
  again.record('added', { n: 0 })
  await unwrap(again.close())
  expect(again.status().last_sequence).toBe(201)
  second.close()
})
