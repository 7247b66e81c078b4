import type { Bench } from '../bench.js'
import { countingCpu } from '../cpu.js'
import { Exchange } from '../exchange.js'
import { drive } from '../load.js'
import type { Contestant } from '../measure.js'
import { type Player, requestBytes, signInPlayers } from '../players.js'
import { openSaveFloor, type SaveFloor } from './floor.js'
import { gameData } from './game-data.js'
import { measureMemory } from './memory.js'
import { measureStorage } from './storage.js'

const concurrency = 8
const timing = { rounds: 5, seconds: 1 }
const document = 'application/json'
const file = 'application/octet-stream'
// The first size also warms up the S3 client, which takes longest.
const sizes = [
  { name: 'a document of 1 KB', bytes: 1_024, type: document, warmUpSeconds: 2 },
  { name: 'a document of 10 KB', bytes: 10_240, type: document, warmUpSeconds: 0.5 },
  { name: 'a document of 1 MB', bytes: 1_048_576, type: document, warmUpSeconds: 1 },
  { name: 'a file of 1 MB', bytes: 1_048_576, type: file, warmUpSeconds: 1 },
]

const range = (length: number) => Array.from({ length }, (_, index) => index)

/** Holds saving and loading a slot against one object and one row, written and read by the same clients. */
async function raceSizes(bench: Bench, players: Player[]): Promise<void> {
  const { site, progress } = bench
  const exchanges = await Promise.all(players.map(() => Exchange.open(site.stack.urls.api)))
  const floor = await openSaveFloor(site)
  try {
    for (const { name, bytes, type, warmUpSeconds } of sizes) {
      progress.begin(`Saving ${name}`)
      const dataOf = gameData(bytes)
      const slots = players.map((player, index) => ourSlot(player, exchanges[index], dataOf, type))
      const raw = floorSlots(floor, dataOf)
      const options = { ...timing, warmUpSeconds }
      await bench.race(
        `PUT /api/v1/saves/me/slot1 of ${name} · ${concurrency} at once`,
        contestants(
          bench,
          'PutObject, then pg upsert',
          slots.map(slot => slot.save),
          raw.map(slot => slot.save),
        ),
        options,
      )
      await bench.race(
        `GET /api/v1/saves/me/slot1 of ${name}, as bytes · ${concurrency} at once`,
        contestants(
          bench,
          'pg select, then GetObject',
          slots.map(slot => slot.load),
          raw.map(slot => slot.load),
        ),
        options,
      )
    }
  } finally {
    for (const exchange of exchanges) exchange.close()
    await floor.close()
  }
}

/** What saves cost: in time against the raw parts, in bytes against copies, and in memory when they are large. */
export async function benchSaves(bench: Bench): Promise<void> {
  const players = await signInPlayers(bench.site, concurrency)
  await raceSizes(bench, players)
  const [player] = players
  if (player === undefined) return
  await measureStorage(bench, player)
  await measureMemory(bench, player)
}

interface Slot {
  save(): Promise<void>
  load(): Promise<void>
}

// Each request comes from another address, as those of many players do: the API throttles a single one.
let addresses = 0
function fromSomewhere(headers: Record<string, string>): Record<string, string> {
  addresses += 1
  const address = `10.${(addresses >> 16) & 255}.${(addresses >> 8) & 255}.${addresses & 255}`
  return { ...headers, 'x-forwarded-for': address }
}

function ourSlot(
  { headers }: Player,
  exchange: Exchange | undefined,
  dataOf: (turn: number) => string,
  type: string,
): Slot {
  if (exchange === undefined) throw new Error('every player has a connection')
  const target = '/api/v1/saves/me/slot1'
  let turn = 0
  return {
    save() {
      turn += 1
      return exchange.ask(requestBytes('PUT', target, fromSomewhere(headers), dataOf(turn), type))
    },
    load: () =>
      exchange.ask(
        requestBytes('GET', target, {
          ...fromSomewhere(headers),
          accept: 'application/octet-stream',
        }),
      ),
  }
}

/** The same bytes as ours, as they are: each turn another object. */
function floorSlots(floor: SaveFloor, dataOf: (turn: number) => string): Slot[] {
  return range(concurrency).map(() => {
    const slot = floor.slot()
    let turn = 0
    return {
      save() {
        turn += 1
        return slot.save(Buffer.from(dataOf(turn)))
      },
      load: () => slot.load(),
    }
  })
}

type Work = () => Promise<void>

const contestants = ({ site }: Bench, rawName: string, ours: Work[], raw: Work[]): Contestant[] => [
  { name: 'AeThex', run: seconds => countingCpu(site.stack.pids.api, () => drive(ours, seconds)) },
  { name: rawName, run: seconds => countingCpu(process.pid, () => drive(raw, seconds)) },
]
