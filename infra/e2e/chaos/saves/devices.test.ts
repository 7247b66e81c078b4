import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type ConflictPolicy, type SlotList, unwrap } from '@aethex/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { diceOf } from '../../../faults/dice.js'
import { type Arena, openArena } from './arena.js'
import { hashOf } from './data-of.js'
import { finalStateReader } from './final-state.js'
import { type GameDevice, openGameDevice } from './game-device.js'
import { type Gain, GameState, rules, start } from './game-state.js'

/**
 * Three devices of a player, offline and online, closed and opened, with lost and doubled requests in between: 500 saves
 * in all, by every strategy. In the end nothing is lost that its strategy promises to keep, and all devices agree.
 */

const slot = 'game'
const names = ['phone', 'tablet', 'desktop']
const savesPerDevice = 42

const policies: Record<string, ConflictPolicy> = {
  newest: { strategy: 'newest' },
  longest_play_time: { strategy: 'longest_play_time' },
  keep_both: { strategy: 'keep_both' },
  merge: {
    strategy: 'merge',
    rules,
    // What the rules leave to the player, this one always decides in the same way.
    onConflict: ({ asks }) => ({
      answers: Object.fromEntries(asks.map(({ path: asked }) => [asked, 'mine'])),
    }),
  },
}

/** What has come of a player's three devices. */
interface Played {
  gains: Gain[]
  taken: GameState[]
  /** The document of each slot, by slot; the same on every device. */
  agreed: Map<string, GameState>
  /** The names of all saves that some version of some slot holds. */
  kept: Set<string>
}

let arena: Arena
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'aethex-devices-'))
  arena = await openArena()
}, 240_000)
afterAll(async () => {
  await arena.close()
  rmSync(folder, { recursive: true, force: true })
})

/** The slots as a device shows them once nothing waits on it any more. */
async function shownBy({ cloud }: GameDevice): Promise<Map<string, GameState>> {
  const shown = new Map<string, GameState>()
  let cursor: string | null = ''
  while (cursor !== null) {
    const page: SlotList = unwrap(
      await cloud.saves.list({ limit: 100, ...(cursor === '' ? {} : { cursor }) }),
    )
    for (const { save_id } of page.items) {
      const { data } = unwrap(await cloud.saves.load(save_id))
      shown.set(save_id, GameState.parse(data))
    }
    cursor = page.next_cursor
  }
  return new Map([...shown].sort(([a], [b]) => (a < b ? -1 : 1)))
}

const hashesOf = (shown: Map<string, GameState>) =>
  [...shown].map(([name, state]) => `${name} ${hashOf(state)}`)

/** Lets every device send and load until all of them show the same. */
async function untilAgreed(devices: readonly GameDevice[]): Promise<Map<string, GameState>> {
  let differ: string[][] = []
  for (let round = 0; round < 30; round++) {
    let pending = 0
    for (const { cloud } of devices) pending += unwrap(await cloud.saves.flush()).pending
    const shown = await Promise.all(devices.map(shownBy))
    const [first] = shown
    differ = shown.map(hashesOf)
    const areSame = new Set(differ.map(each => each.join())).size === 1
    if (pending === 0 && areSame && first !== undefined) return first
  }
  throw new Error(`the devices do not agree: ${JSON.stringify(differ)}`)
}

async function playWith(strategy: string, policy: ConflictPolicy): Promise<Played> {
  const gains: Gain[] = []
  const taken: GameState[] = []
  const devices: GameDevice[] = []
  for (const name of names) {
    const device = await openGameDevice({
      arena,
      name,
      slot,
      folder: path.join(folder, strategy, name),
      policy,
      dice: diceOf('devices', strategy, name),
      onGain: gain => gains.push(gain),
      onTaken: state => taken.push(state),
    })
    await device.signIn(devices[0]?.secret() ?? null)
    devices.push(device)
  }
  const [first] = devices
  if (first === undefined) throw new Error('there is no device')
  try {
    unwrap(await first.cloud.saves.save(slot, start))
    unwrap(await first.cloud.saves.flush())
    await Promise.all(devices.map(device => device.run(savesPerDevice)))
    for (const device of devices) device.calmDown()
    const agreed = await untilAgreed(devices)
    return { gains, taken, agreed, kept: await keptBy(first, [...agreed.keys()]) }
  } finally {
    for (const device of devices) await device.close()
  }
}

async function keptBy({ cloud }: GameDevice, slots: readonly string[]): Promise<Set<string>> {
  const { secretKey, keeps } = arena.grounds.whole
  const playerId = cloud.auth.getCurrentUser()?.id ?? ''
  const apiUrl = `http://127.0.0.1:${arena.apis[0]?.port}`
  const read = finalStateReader(apiUrl, { playerId, secretKey, keeps })
  const kept = new Set<string>()
  for (const each of slots) {
    for (const { hash } of (await read(each)).versions) if (hash !== null) kept.add(hash)
  }
  return kept
}

const most = (gains: readonly Gain[], of: (gain: Gain) => number) => Math.max(...gains.map(of))

const nothingTakenIsLost = ({ taken, kept }: Played) =>
  expect(taken.map(hashOf).filter(hash => !kept.has(hash))).toEqual([])

test.each(Object.entries(policies))(
  'three devices lose nothing by the strategy %s, and agree in the end',
  async (strategy, policy) => {
    const played = await playWith(strategy, policy)
    const { gains, agreed } = played
    const state = agreed.get(slot)
    if (state === undefined) throw new Error('the slot is gone')
    expect(gains.length).toBeGreaterThan(savesPerDevice * 2)
    nothingTakenIsLost(played)
    const won = gains.find(({ made }) => made === state.made)
    if (strategy === 'newest') expect(won?.at).toBe(most(gains, ({ at }) => at))
    if (strategy === 'longest_play_time') {
      expect(state.seconds).toBe(most(gains, ({ seconds }) => seconds))
    }
    if (strategy === 'keep_both') expect(agreed.size).toBeGreaterThan(1)
    if (strategy !== 'merge') return
    expect([...agreed.keys()]).toEqual([slot])
    expect(state).toMatchObject({
      gold: gains.reduce((total, { gold }) => total + gold, 0),
      best: most(gains, ({ best }) => best),
      fastest: Math.min(...gains.map(({ fastest }) => fastest)),
      seconds: most(gains, ({ seconds }) => seconds),
    })
    const badges = gains.map(({ badge }) => badge).sort()
    expect([...state.badges].sort()).toEqual(badges)
    expect(state.items.map(({ id }) => id).sort()).toEqual(badges)
  },
  240_000,
)
