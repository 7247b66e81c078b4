import { brotliCompressSync, constants } from 'node:zlib'
import type { Bench } from '../bench.js'
import { countingCpu } from '../cpu.js'
import { Exchange } from '../exchange.js'
import { drive } from '../load.js'
import type { Contestant } from '../measure.js'
import { requestBytes, signInPlayers } from '../players.js'
import { openSaveFloor, type SaveFloor } from './floor.js'
import { gameData } from './game-data.js'

const concurrency = 8
const timing = { rounds: 4, seconds: 0.7 }
// The first size also warms up the S3 client, which takes longest.
const sizes = [
  { kilobytes: 1, warmUpSeconds: 2 },
  { kilobytes: 10, warmUpSeconds: 0.4 },
  { kilobytes: 100, warmUpSeconds: 0.4 },
]

// The quality that the API packs saves with.
const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }

const range = (length: number) => Array.from({ length }, (_, index) => index)

/** Holds saving and loading a slot against one object and one row, written and read by the same clients. */
export async function benchSaves(bench: Bench): Promise<void> {
  const { site, progress } = bench
  const players = await signInPlayers(site, concurrency)
  const exchanges = await Promise.all(players.map(() => Exchange.open(site.stack.urls.api)))
  const floor = await openSaveFloor(site)
  try {
    for (const { kilobytes, warmUpSeconds } of sizes) {
      progress.begin(`Saves of ${kilobytes} KB`)
      const dataOf = gameData(kilobytes * 1_024)
      const slots = players.map((player, index) =>
        ourSlot(player.headers, exchanges[index], dataOf),
      )
      const raw = floorSlots(floor, dataOf)
      const title = (verb: string) => `${verb} ${kilobytes} KB · ${concurrency} at once`
      await bench.race(
        title('POST /api/v1/saves/me of'),
        contestants(bench, 'PutObject, then pg upsert', {
          ours: slots.map(slot => slot.save),
          raw: raw.map(slot => slot.save),
        }),
        { ...timing, warmUpSeconds },
      )
      await bench.race(
        title('GET /api/v1/saves/me/slot1 of'),
        contestants(bench, 'pg select, then GetObject', {
          ours: slots.map(slot => slot.load),
          raw: raw.map(slot => slot.load),
        }),
        { ...timing, warmUpSeconds },
      )
    }
  } finally {
    for (const exchange of exchanges) exchange.close()
    await floor.close()
  }
}

interface Slot {
  save(): Promise<void>
  load(): Promise<void>
}

function ourSlot(
  headers: Record<string, string>,
  exchange: Exchange | undefined,
  dataOf: (turn: number) => string,
): Slot {
  if (exchange === undefined) throw new Error('every player has a connection')
  const read = requestBytes('GET', '/api/v1/saves/me/slot1', headers)
  let turn = 0
  return {
    save() {
      turn += 1
      const body = `{"save_id":"slot1","data":${dataOf(turn)}}`
      return exchange.ask(requestBytes('POST', '/api/v1/saves/me', headers, body))
    },
    load: () => exchange.ask(read),
  }
}

function floorSlots(floor: SaveFloor, dataOf: (turn: number) => string): Slot[] {
  const packed = brotliCompressSync(dataOf(1), quality)
  return range(concurrency).map(() => {
    const slot = floor.slot()
    return { save: () => slot.save(packed), load: () => slot.load() }
  })
}

type Work = () => Promise<void>

function contestants(
  { site }: Bench,
  rawName: string,
  { ours, raw }: { ours: Work[]; raw: Work[] },
): Contestant[] {
  return [
    {
      name: 'AeThex',
      run: seconds => countingCpu(site.stack.pids.api, () => drive(ours, seconds)),
    },
    { name: rawName, run: seconds => countingCpu(process.pid, () => drive(raw, seconds)) },
  ]
}
