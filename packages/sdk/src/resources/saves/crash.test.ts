import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Cloud } from '../../cloud.js'
import { unwrap } from '../../core/result.js'
import { createDyingStore, createTestDisk } from '../../testing/device-store.js'
import { createSaveServer } from '../../testing/save-server.js'
import { soon } from '../../testing/soon.js'
import { type SeenRequest, startTestApi, type TestApi } from '../../testing/test-api.js'
import { createTestCloud, signIn } from '../../testing/test-cloud.js'
import { contentIds, type SlotRecord } from './slot-record.js'
import type { SaveStore } from './store/save-store.js'

let api: TestApi
beforeEach(async () => {
  api = await startTestApi()
})
afterEach(() => api.close())

const quick = { firstMs: 1, maxMs: 4 }
const never = new Promise<never>(() => {})

/** Waits for work that may never end, because its process is dead. */
const untilDead = (work: Promise<unknown>, isDead: () => boolean) =>
  Promise.race([
    work,
    new Promise<void>(resolve => {
      const look = setInterval(() => {
        if (!isDead()) return
        clearInterval(look)
        // What it had begun may still go on for a breath, as a request on its way does.
        setTimeout(resolve, 5)
      }, 1)
    }),
  ])

/**
 * A run of the game that dies at the n-th step of its store or of the network, before or after the step is done;
 * then another run on the same disk. Answers what the server has seen, and how many steps a whole life has.
 */
async function liveAndDie(
  step: number,
  play: (cloud: Cloud) => Promise<void>,
  {
    prepare = () => {},
    goOn = async () => {},
  }: {
    prepare?: (server: ReturnType<typeof createSaveServer>) => void
    goOn?: (cloud: Cloud) => Promise<unknown>
  } = {},
) {
  const disk = createTestDisk()
  const server = createSaveServer()
  prepare(server)
  server.openAt(api, 'a', 'b')
  const { store, mortal, isDead } = createDyingStore(disk.open(), step)
  const mortalFetch: typeof fetch = (input, init) =>
    String(input).includes('/saves') ? mortal(() => fetch(input, init)) : fetch(input, init)
  let asked = 0
  const onConflict = () => {
    asked += 1
    return 'mine' as const
  }
  const before = api.requests.length
  const options = { backoff: quick, saves: { delayMs: 0, onConflict } }
  const dying = createTestCloud(api, {
    ...options,
    fetch: (...args) => (isDead() ? never : mortalFetch(...args)),
    saves: { ...options.saves, store },
  })
  await signIn(api, dying)
  const life = play(dying).then(() => dying.saves.flush())
  await untilDead(life, isDead)
  const hasSurvived = !isDead()
  dying.close()

  const next = createTestCloud(api, {
    ...options,
    saves: { ...options.saves, store: disk.open() },
  })
  await signIn(api, next)
  await goOn(next)
  await soon(async () => expect(unwrap(await next.saves.flush()).pending).toBe(0))
  const loaded = await next.saves.load('a')
  next.close()
  expect(await lyingAbout(disk.open())).toEqual([])
  return { server, loaded, hasSurvived, asked, sent: api.requests.slice(before) }
}

/** What is in the store, and named by nothing. */
async function lyingAbout(store: SaveStore): Promise<string[]> {
  const keys = await store.keys('')
  const records = keys.filter(key => key.endsWith('/record'))
  const named = new Set(records)
  for (const key of records) {
    const bytes = await store.read(key)
    const record: SlotRecord = JSON.parse(new TextDecoder().decode(bytes))
    const ids = [...contentIds(record), ...record.kept]
    for (const id of ids) named.add(key.replace(/record$/, id))
  }
  return keys.filter(key => !named.has(key))
}

/** Under how many ids each content was sent. */
function idsOf(sent: readonly SeenRequest[]): number[] {
  const ids = new Map<string, Set<unknown>>()
  for (const { route, body, headers } of sent) {
    if (route !== 'POST /saves/me') continue
    const text = JSON.stringify(body.data)
    ids.set(text, (ids.get(text) ?? new Set()).add(headers['idempotency-key']))
  }
  return [...ids.values()].map(({ size }) => size)
}

test('is told of a save once, and of all that was promised, wherever a run of the game ends', async () => {
  let isThrough = false
  for (let step = 0; !isThrough; step++) {
    let promised = 0
    const { server, loaded, hasSurvived, asked, sent } = await liveAndDie(
      step,
      async cloud => {
        for (const hp of [1, 2, 3]) {
          if ((await cloud.saves.save('a', { hp })).success) promised = hp
          if (hp === 2) await cloud.saves.flush()
        }
      },
      { goOn: cloud => (step % 3 === 0 ? cloud.saves.save('a', { hp: 4 }) : Promise.resolve()) },
    )
    isThrough = hasSurvived
    // It never met itself, and never sent one save as two.
    expect(asked).toBe(0)
    expect(Math.max(1, ...idsOf(sent))).toBe(1)
    const hps = (server.slots.get('a') ?? []).map(({ bytes }) => JSON.parse(bytes.toString()).hp)
    // Each once, in the order in which they were saved, and none that was promised is missing at the end.
    expect(hps).toEqual([...new Set(hps)].sort())
    expect(hps.at(-1) ?? 0).toBeGreaterThanOrEqual(promised)
    expect(new Set(server.applied).size).toBe(server.applied.length)
    if (loaded.success) expect(loaded.data).toEqual({ hp: hps.at(-1) })
  }
}, 60_000)

test('settles a conflict once, wherever a run of the game ends', async () => {
  let isThrough = false
  for (let step = 0; !isThrough; step++) {
    let promised = false
    const { server, loaded, hasSurvived } = await liveAndDie(
      step,
      async cloud => {
        promised = (await cloud.saves.save('a', 'mine')).success
      },
      { prepare: server => server.write('a', 'theirs') },
    )
    isThrough = hasSurvived
    const texts = (server.slots.get('a') ?? []).map(({ bytes }) => JSON.parse(bytes.toString()))
    expect(promised ? [['theirs', 'mine']] : [['theirs'], ['theirs', 'mine']]).toContainEqual(texts)
    expect(loaded).toMatchObject({ success: true, data: texts.at(-1) })
  }
}, 60_000)

test('deletes once, wherever a run of the game ends', async () => {
  let isThrough = false
  for (let step = 0; !isThrough; step++) {
    let promised = false
    const { server, loaded, hasSurvived } = await liveAndDie(
      step,
      async cloud => {
        await cloud.saves.load('a')
        promised = (await cloud.saves.delete('a')).success
      },
      { prepare: server => server.write('a', 'old') },
    )
    isThrough = hasSurvived
    const deletions = (server.slots.get('a') ?? []).filter(({ deleted }) => deleted)
    expect(deletions.length).toBeLessThanOrEqual(1)
    if (promised) expect(deletions).toHaveLength(1)
    expect(loaded.success).toBe(deletions.length === 0)
  }
}, 60_000)
