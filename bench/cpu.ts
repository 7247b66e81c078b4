import { readFileSync } from 'node:fs'
import type { Sample } from './load.js'

// proc(5): fields 14 and 15 of stat, in ticks that Linux shows to programs as hundredths of a second.
const ticksPerSecond = 100

/** Seconds of CPU that a process has used, all its threads; undefined on systems without /proc. */
function cpuSecondsOf(pid: number): number | undefined {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return undefined
  }
  // The name in brackets may hold spaces; what follows it does not.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** Runs a load and adds what the process that serves it spent meanwhile. */
export async function countingCpu<S extends Sample>(
  pid: number | undefined,
  load: () => Promise<S>,
): Promise<S> {
  if (pid === undefined) return load()
  const before = cpuSecondsOf(pid)
  const sample = await load()
  const after = cpuSecondsOf(pid)
  if (before === undefined || after === undefined) return sample
  return { ...sample, cpuSeconds: after - before }
}
