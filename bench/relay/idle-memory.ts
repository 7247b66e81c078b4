import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { Ground } from './ground.js'

const connections = 1_000
const pageBytes = 4_096
const settleMs = 2_000

/** Resident bytes of a process (proc(5): the second field of statm is pages); undefined without /proc. */
function residentBytes(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * pageBytes
  } catch {
    return undefined
  }
}

/** What one connection costs that does nothing, in bytes; undefined where the system does not tell. */
export async function idleBytes(ground: Ground): Promise<number | undefined> {
  const open = async (count: number) => {
    const players = []
    for (let done = 0; done < count; done++) players.push(await ground.idle())
    await wait(settleMs)
    return players
  }
  // What is compiled and reserved with the first ones is not theirs.
  const first = await open(connections / 2)
  const before = residentBytes(ground.pid)
  const players = await open(connections)
  const after = residentBytes(ground.pid)
  for (const player of [...first, ...players]) player.close()
  return before === undefined || after === undefined ? undefined : (after - before) / connections
}
