import { createLog } from '@aethex/shared/log'
import { openRedis } from '@aethex/shared/redis'
import type { Bench } from '../bench.js'
import { timeCalls } from './calls.js'
import type { Ground } from './ground.js'
import { openBareWs, openColyseus, openOurs } from './grounds.js'
import { idleBytes } from './idle-memory.js'
import { pin } from './pinning.js'
import { type Saturation, saturate } from './saturation.js'

const sizes = [2, 8, 32, 100]
const clientCore = 1

const count = (value: number) => Math.round(value).toLocaleString('en-US')
const ratio = (ours: number, theirs: number) => (ours / theirs).toFixed(2)

function row(name: string, found: Saturation, bare: Saturation | undefined): string {
  const cells = [
    count(found.players),
    count(found.deliveredPerSecond),
    count(found.deliveredPerCpuSecond),
    `${found.p50Ms.toFixed(0)}/${found.p99Ms.toFixed(0)}`,
    found.bytesPerUpdate.toFixed(0),
    bare ? ratio(found.deliveredPerSecond, bare.deliveredPerSecond) : '',
    bare ? ratio(found.deliveredPerCpuSecond, bare.deliveredPerCpuSecond) : '',
    bare ? ratio(found.bytesPerUpdate, bare.bytesPerUpdate) : '',
  ]
  return `    ${name.padEnd(24)}${cells.map(cell => cell.padStart(12)).join('')}`
}

const head = [
  'players',
  'updates/s',
  'per CPU s',
  'p50/p99 ms',
  'bytes',
  '÷ ws',
  'CPU ÷ ws',
  'bytes ÷ ws',
]
const headRow = `    ${''.padEnd(24)}${head.map(cell => cell.padStart(12)).join('')}`

/** Rooms of every size on every server, until it no longer keeps up. */
async function benchRooms({ progress }: Bench, grounds: readonly Ground[]): Promise<void> {
  for (const size of sizes) {
    progress.begin(`Rooms of ${size}`)
    const rows = [headRow]
    let bare: Saturation | undefined
    for (const ground of grounds) {
      const found = await saturate(ground, size, progress)
      rows.push(row(ground.name, found, bare))
      bare ??= found
    }
    progress.print(`\n  Rooms of ${size}, 20 states a second each: as many as are kept up with`)
    progress.print(rows.join('\n'))
  }
}

async function benchIdle({ progress }: Bench, bare: Ground, ours: Ground): Promise<void> {
  progress.begin('Idle connections')
  const [theirs, mine] = [await idleBytes(bare), await idleBytes(ours)]
  if (theirs === undefined || mine === undefined) return
  progress.print('\n  Memory of a connection that does nothing, in KiB')
  progress.print(
    `    bare ws ${(theirs / 1024).toFixed(1)}, AeThex ${(mine / 1024).toFixed(1)}: ${ratio(mine, theirs)}`,
  )
}

async function benchCalls({ progress }: Bench, grounds: readonly Ground[]): Promise<void> {
  progress.begin('Calls')
  progress.print(
    '\n  A question over a socket and its answer: as many as can be, then half of them',
  )
  for (const { name, callable } of grounds) {
    progress.turn(name)
    const { full, half } = await timeCalls(callable)
    const at = `${count(half.perSecond)} a second p50 ${half.p50Ms.toFixed(2)} ms, p99 ${half.p99Ms.toFixed(2)} ms`
    progress.print(`    ${name.padEnd(24)}${count(full.perSecond)} a second; at ${at}`)
  }
}

/** Holds the relay against the shortest that one can write with ws, and against Colyseus. */
export async function benchRelay(bench: Bench): Promise<void> {
  const { site, progress } = bench
  const redisUrl = site.stack.urls.redis
  const redis = openRedis(redisUrl, createLog('bench', 'silent'))
  pin(process.pid, clientCore)
  progress.begin('Starting relays')
  const bare = await openBareWs()
  const ours = await openOurs(redis, redisUrl, 50)
  const atOnce = await openOurs(redis, redisUrl, 0)
  const declared = await openOurs(redis, redisUrl, 50, { isDeclared: true })
  const colyseus = await openColyseus()
  const grounds = [bare, colyseus, atOnce, ours, declared]
  try {
    await benchRooms(bench, grounds)
    await benchIdle(bench, bare, ours)
    await benchCalls(bench, [bare, ours])
  } finally {
    redis.disconnect()
    for (const ground of grounds) await ground.stop()
  }
}
