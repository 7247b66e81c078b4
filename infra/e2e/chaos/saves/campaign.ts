import { setTimeout as sleep } from 'node:timers/promises'
import { diceOf } from '../../../faults/dice.js'
import { freePort } from '../../../local/ports.js'
import { apiProcess } from './api-process.js'
import { type Arena, calm, mortals } from './arena.js'
import { checkSlot } from './check-slot.js'
import { finalStateReader } from './final-state.js'
import type { FinalSlot, Operation, Violation } from './operation.js'
import { createPlayer, type Player } from './player.js'
import { compareObjects } from './stored-objects.js'
import { foul } from './weather.js'

export interface CampaignOptions {
  seeds: readonly number[]
  /** How many of them live at once, through the same kills. */
  atOnce: number
  /** What each device does at least. */
  callsPerDevice: number
  /** How long the devices go on at least. */
  seconds?: number
  /** Whether parts are killed; they are unless said otherwise. */
  kills?: boolean
  onSeed?: (result: SeedResult) => void
}

export interface SeedResult {
  seed: number
  operations: readonly Operation[]
  slots: readonly FinalSlot[]
  /** Every fault that this player lived through, those of the shared links and the kills included. */
  faults: Map<string, number>
  orphans: number
  violations: readonly Violation[]
}

/** Kills one part after the other in the midst of it all, each when so many more calls were made. */
async function killEach(arena: Arena, name: string, calls: () => number, step: number) {
  const dice = diceOf(name, 'kills')
  for (const part of dice.shuffle(mortals)) {
    const after = calls() + step
    while (calls() < after) await sleep(5)
    await arena.kill(part)
    await sleep(dice.below(150))
    await arena.start(part)
  }
}

const added = (counts: Map<string, number>, before: ReadonlyMap<string, number>) =>
  [...counts].map(([name, now]) => [name, now - (before.get(name) ?? 0)] as const)

function sum(...lists: (readonly (readonly [string, number])[])[]): Map<string, number> {
  const total = new Map<string, number>()
  for (const [name, times] of lists.flat()) {
    if (times > 0) total.set(name, (total.get(name) ?? 0) + times)
  }
  return total
}

async function runTogether(arena: Arena, players: readonly Player[], options: CampaignOptions) {
  const name = players.map(({ seed }) => seed).join('+')
  const calls = () => players.reduce((total, { operations }) => total + operations.length, 0)
  const atLeast = players.length * options.callsPerDevice * 3
  const endsAt = performance.now() + 1_000 * (options.seconds ?? 0)
  let killing = true
  const isOver = () => !killing && calls() >= atLeast && performance.now() >= endsAt

  arena.weather = foul({ s3: diceOf(name, 's3'), postgres: diceOf(name, 'postgres') })
  for (const player of players) player.setFoul(true)
  const devices = players.flatMap(player => player.devices.map(device => device.run(isOver)))
  const step = Math.floor(atLeast / (mortals.length + 2))
  do {
    if (options.kills === false) await sleep(5)
    else await killEach(arena, name, calls, step)
  } while (performance.now() < endsAt)
  killing = false
  await Promise.all(devices)
  arena.weather = calm
  for (const player of players) player.setFoul(false)
  await Promise.all(players.map(player => player.settled()))
  await arena.settled()
}

/** A part that is out, or lies, is a 502, 503 or 504: a 500 is a fault of ours. */
const dishonest = (operations: readonly Operation[]): Violation[] =>
  operations.flatMap(({ id, slot, requests }) =>
    requests
      .filter(request => request.endsWith('-> 500'))
      .map(request => ({ rule: 'honest', slot, said: `${id}: ${request}` })),
  )

async function judge(arena: Arena, player: Player, apiUrl: string) {
  const { playerId, ground } = player
  const read = finalStateReader(apiUrl, { ...ground, playerId })
  const slots = await Promise.all(player.slots.map(read))
  const objects = await compareObjects(arena.platform.file, ground.environmentId, playerId)
  const violations = [
    ...slots.flatMap(slot => checkSlot(slot, player.operations)),
    ...dishonest(player.operations),
  ]
  for (const key of objects.dangling) {
    violations.push({ rule: 'dangling', slot: '', said: `a row needs ${key}, which is not there` })
  }
  return { slots, violations, orphans: objects.orphans }
}

/** Reads and judges what a group of players has left, through an API that starts for this alone. */
async function judgeAll(arena: Arena, players: readonly Player[]) {
  const { file } = arena.platform
  const reader = apiProcess({
    name: 'reader',
    port: await freePort(),
    stack: file,
    databaseUrl: file.app_database_url,
    s3Endpoint: file.s3.endpoint,
  })
  await reader.start()
  try {
    const url = `http://127.0.0.1:${reader.port}`
    return await Promise.all(players.map(player => judge(arena, player, url)))
  } finally {
    await reader.kill()
  }
}

/** Runs every seed's player through faults and kills, and judges what is there afterwards. */
export async function runCampaign(arena: Arena, options: CampaignOptions): Promise<SeedResult[]> {
  const results: SeedResult[] = []
  for (let from = 0; from < options.seeds.length; from += options.atOnce) {
    const seeds = options.seeds.slice(from, from + options.atOnce)
    const players = await Promise.all(seeds.map(seed => createPlayer(arena, seed, () => undefined)))
    const before = new Map(arena.faults)
    await runTogether(arena, players, options)
    const shared = added(arena.faults, before)
    const verdicts = await judgeAll(arena, players)
    for (const [index, { seed, operations, faults, close }] of players.entries()) {
      const verdict = verdicts[index]
      await close()
      if (verdict === undefined) continue
      const result = { seed, operations, faults: sum([...faults], shared), ...verdict }
      results.push(result)
      options.onSeed?.(result)
    }
  }
  return results
}
