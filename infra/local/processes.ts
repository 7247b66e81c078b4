import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Trouble } from './trouble.js'

const probeEveryMs = 30
const retryAfterMs = 250
const retries = 60
const keepLogBytes = 10_000_000

/** How to run one program, how to see that it answers, and how to end it. */
export type ProcessSpec = {
  name: string
  command: string
  args: string[]
  env: Record<string, string | undefined>
  cwd: string
  logFile: string
  /** Asked again and again until true; a throw counts as "not yet". */
  isReady: (pid: number) => Promise<boolean> | boolean
  readyWithinMs: number
  /** The user to run as, when the launcher is root and the program refuses root. */
  identity?: { uid: number; gid: number } | undefined
  /** A Node program that ends by itself when this launcher is gone. */
  ipc?: boolean
  stopSignal?: NodeJS.Signals
  stopWithinMs?: number
  /** What the log says when a start that ended early is worth repeating; for 15 seconds, 250 ms apart. */
  retryWhen?: RegExp
  /** What must be done before each launch. */
  prepare?: () => Promise<void>
}

export type Exit = { code: number | null; signal: NodeJS.Signals | null }

export type RunningProcess = {
  name: string
  pid: number
  exited: Promise<Exit>
  kill: (signal: NodeJS.Signals) => void
  /** Ends it: the stop signal first, SIGKILL when the deadline has passed. */
  stop: () => Promise<Exit>
}

function openLog(file: string): number {
  mkdirSync(path.dirname(file), { recursive: true })
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (size > keepLogBytes) renameSync(file, `${file}.1`)
  return openSync(file, 'a', 0o600)
}

/** The last lines a program wrote to its log. */
export function lastLines(file: string, count: number): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n')
  } catch {
    return ''
  }
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise(resolve => {
    child.once('error', () => resolve({ code: 127, signal: null }))
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
}

function launch(spec: ProcessSpec): RunningProcess {
  const log = openLog(spec.logFile)
  // Its own group, so that Ctrl-C in the terminal reaches only the launcher, which ends the parts in order.
  const child = spawn(spec.command, spec.args, {
    env: spec.env,
    cwd: spec.cwd,
    detached: true,
    stdio: spec.ipc ? ['ignore', log, log, 'ipc'] : ['ignore', log, log],
    ...spec.identity,
  })
  closeSync(log)
  const exited = exitOf(child)
  const kill = (signal: NodeJS.Signals) => {
    child.kill(signal)
  }
  const stop = async () => {
    kill(spec.stopSignal ?? 'SIGTERM')
    // A stopped program cannot act on a signal: let it go on, so that it can end.
    kill('SIGCONT')
    const deadline = setTimeout(() => kill('SIGKILL'), spec.stopWithinMs ?? 8_000)
    const exit = await exited
    clearTimeout(deadline)
    return exit
  }
  return { name: spec.name, pid: child.pid ?? 0, exited, kill, stop }
}

async function becameReady(spec: ProcessSpec, running: RunningProcess): Promise<boolean> {
  let ended = false
  running.exited.then(() => {
    ended = true
  })
  const deadline = performance.now() + spec.readyWithinMs
  while (!ended && performance.now() < deadline) {
    const ready = await Promise.resolve()
      .then(() => spec.isReady(running.pid))
      .catch(() => false)
    if (ready && !ended) return true
    await Promise.race([sleep(probeEveryMs), running.exited])
  }
  return false
}

function startTrouble(spec: ProcessSpec, exit: Exit | 'late'): Trouble {
  const how =
    exit === 'late'
      ? `did not answer within ${Math.round(spec.readyWithinMs / 1000)} s`
      : `ended while starting (${exit.signal ?? `exit code ${exit.code}`})`
  const said = lastLines(spec.logFile, 3)
  return new Trouble(`${spec.name} ${how}. See ${spec.logFile}${said ? `:\n${said}` : ''}`)
}

export type RunOptions = {
  /** Told of each launch at once, long before the program answers. */
  onSpawn?: (running: RunningProcess) => void
  /** Once aborted, no further launch is tried. */
  signal?: AbortSignal
}

/**
 * Starts a program and resolves when it answers.
 * @throws Trouble with the last lines of its log when it ends early or never answers.
 */
export async function runProcess(
  spec: ProcessSpec,
  { onSpawn, signal }: RunOptions = {},
): Promise<RunningProcess> {
  for (let attempt = 0; ; attempt++) {
    await spec.prepare?.()
    if (signal?.aborted) throw new Trouble(`${spec.name} was stopped while it started.`)
    const running = launch(spec)
    if (running.pid > 0) onSpawn?.(running)
    if (await becameReady(spec, running)) return running
    const exit = await Promise.race([running.exited, sleep(0, 'late' as const)])
    if (exit === 'late') await running.stop()
    const isPassing = spec.retryWhen?.test(lastLines(spec.logFile, 5)) === true
    if (!isPassing || exit === 'late' || attempt >= retries) throw startTrouble(spec, exit)
    await sleep(retryAfterMs)
  }
}

/** Ready when an HTTP GET answers 2xx. */
export function answersHttp(url: string): () => Promise<boolean> {
  return async () => (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok
}
