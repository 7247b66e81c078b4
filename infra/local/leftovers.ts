import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { readJson, writePrivateJson } from './private-json.js'

const hasProc = existsSync('/proc/self/stat')

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return otherwise
  }
}

function ps(pid: number, column: string): string {
  try {
    return execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).trim()
  } catch {
    return ''
  }
}

/** The command line of a running process, empty when there is none. */
function commandLine(pid: number): string {
  return hasProc ? readOr(`/proc/${pid}/cmdline`, '').replaceAll('\0', ' ') : ps(pid, 'command')
}

/**
 * When a process started, as an opaque text that no other process with the same pid shares; undefined when none runs.
 * Field 22 of /proc/<pid>/stat counts ticks since boot (proc_pid_stat(5)), so the boot is named too.
 */
export function startOf(pid: number): string | undefined {
  if (!hasProc) return ps(pid, 'lstart') || undefined
  const stat = readOr(`/proc/${pid}/stat`, '')
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // A zombie is a process that has ended.
  if (state === undefined || state === '' || state === 'Z') return undefined
  return `${readOr('/proc/sys/kernel/random/boot_id', '').trim()}:${rest[18]}`
}

/** Whether this pid runs and its command line names `text`. */
export function isRunning(pid: number, text: string): boolean {
  return startOf(pid) !== undefined && commandLine(pid).includes(text)
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It ended by itself meanwhile.
  }
}

/** Ends a process that is not our child: the signal first, SIGKILL after five seconds. */
export async function endProcess(pid: number, name: NodeJS.Signals): Promise<void> {
  const first = startOf(pid)
  if (first === undefined) return
  signal(pid, name)
  signal(pid, 'SIGCONT')
  const deadline = performance.now() + 5_000
  while (startOf(pid) === first) {
    if (performance.now() > deadline) signal(pid, 'SIGKILL')
    await sleep(40)
  }
}

type Remembered = { name: string; pid: number; start: string }

function isRemembered(value: unknown): value is Remembered {
  if (typeof value !== 'object' || value === null) return false
  return 'name' in value && 'pid' in value && 'start' in value && typeof value.pid === 'number'
}

/** Writes down which processes run, so that the next launcher can end them if this one is killed. */
export function rememberProcesses(file: string, pids: Record<string, number>): void {
  const processes = Object.entries(pids).map(([name, pid]) => ({ name, pid, start: startOf(pid) }))
  writePrivateJson(file, processes)
}

/** Ends the processes of a launcher that was killed; a pid that belongs to another program by now is left alone. */
export async function endLeftovers(file: string): Promise<string[]> {
  const remembered = readJson(file)
  if (!Array.isArray(remembered)) return []
  const alive = remembered
    .filter(isRemembered)
    .filter(({ pid, start }) => startOf(pid) === start && start !== undefined)
  // SIGINT is PostgreSQL's fast shutdown: SIGTERM would wait for its clients.
  await Promise.all(
    alive.map(({ name, pid }) => endProcess(pid, name === 'postgres' ? 'SIGINT' : 'SIGTERM')),
  )
  return alive.map(({ name }) => name)
}
