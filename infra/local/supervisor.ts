import { setTimeout as sleep } from 'node:timers/promises'
import { type Exit, type ProcessSpec, type RunningProcess, runProcess } from './processes.js'
import { sentenceOf, Trouble } from './trouble.js'

const firstDelayMs = 250
const longestDelayMs = 10_000
const calmAfterMs = 30_000

type Part = {
  name: string
  spec: ProcessSpec
  current?: RunningProcess | undefined
  starting?: Promise<void> | undefined
  /** Set once it was killed: its end is near, and a new start waits for it. */
  dying?: Promise<Exit> | undefined
  wanted: boolean
  abort: AbortController
  /** Unexpected ends since the part last ran calmly. */
  falls: number
}

export type SupervisorEvent =
  | { kind: 'fell'; name: string; exit: Exit }
  | { kind: 'back'; name: string }
  | { kind: 'stays down'; name: string; reason: string }
  | { kind: 'stopping' | 'stopped'; name: string }

/** Keeps programs running, knows their pids, and ends them from the top of the house to its foundations. */
export type Supervisor = {
  /** Whether a part that ends unexpectedly is started again. */
  supervise: boolean
  readonly pids: Record<string, number>
  /** Adds a part and starts it; resolves when it answers. */
  run: (name: string, spec: ProcessSpec) => Promise<void>
  start: (name: string) => Promise<void>
  stop: (name: string) => Promise<void>
  restart: (name: string) => Promise<void>
  /** Sends a signal; after SIGKILL resolves when the process is gone. */
  kill: (name: string, signal: NodeJS.Signals) => Promise<void>
  stopAll: () => Promise<void>
  /** SIGKILL for everything, at once. */
  killAll: () => void
}

// What others lean on comes first; the end goes the other way round, whichever was quicker to start.
const foundations = 'postgres redis s3 clickhouse mail analytics relay api site'.split(' ')

const heightOf = (name: string) => foundations.indexOf(name.replace(/-\d+$/, ''))

/** @param onPids told whenever a process came or went */
export function createSupervisor(
  onPids: (pids: Record<string, number>) => void,
  onEvent: (event: SupervisorEvent) => void = () => {},
): Supervisor {
  const parts = new Map<string, Part>()
  let stoppingAll: Promise<void> | undefined

  const find = (name: string): Part => {
    const part = parts.get(name)
    if (part) return part
    throw new Trouble(`There is no part "${name}", only: ${[...parts.keys()].join(', ')}.`)
  }

  const pids = () =>
    Object.fromEntries(
      [...parts.values()].flatMap(part => (part.current ? [[part.name, part.current.pid]] : [])),
    )

  const hold = (part: Part, running: RunningProcess) => {
    part.current = running
    onPids(pids())
    running.exited.then(() => {
      if (part.current === running) part.current = undefined
      onPids(pids())
    })
  }

  const launch = async (part: Part): Promise<void> => {
    part.abort = new AbortController()
    const running = await runProcess(part.spec, {
      onSpawn: spawned => hold(part, spawned),
      signal: part.abort.signal,
    })
    const since = performance.now()
    running.exited.then(exit => {
      if (performance.now() - since > calmAfterMs) part.falls = 0
      if (part.wanted && !stoppingAll) void fell(part, exit)
    })
  }

  const launchOnce = (part: Part): Promise<void> => {
    if (part.current && !part.starting) return Promise.resolve()
    part.starting ??= launch(part).finally(() => {
      part.starting = undefined
    })
    return part.starting
  }

  const isLeftAlone = (part: Part) => !part.wanted || !supervisor.supervise || stoppingAll

  const fell = async (part: Part, exit: Exit): Promise<void> => {
    onEvent({ kind: 'fell', name: part.name, exit })
    while (!isLeftAlone(part)) {
      await sleep(Math.min(firstDelayMs * 2 ** part.falls++, longestDelayMs))
      if (isLeftAlone(part)) return
      try {
        await launchOnce(part)
        return onEvent({ kind: 'back', name: part.name })
      } catch (error) {
        onEvent({ kind: 'stays down', name: part.name, reason: sentenceOf(error) })
      }
    }
  }

  const start = async (name: string) => {
    const part = find(name)
    part.wanted = true
    await part.dying
    await launchOnce(part)
  }

  const kill = async (name: string, signal: NodeJS.Signals) => {
    const part = find(name)
    const { current } = part
    current?.kill(signal)
    if (!current || signal !== 'SIGKILL') return
    part.dying = current.exited
    await part.dying
    part.dying = undefined
  }

  const stop = async (name: string) => {
    const part = find(name)
    part.wanted = false
    part.abort.abort()
    await part.current?.stop()
  }

  const stopEach = async () => {
    // Nobody may start anew while the others still end.
    for (const part of parts.values()) part.abort.abort()
    for (const name of [...parts.keys()].sort((a, b) => heightOf(b) - heightOf(a))) {
      if (!parts.get(name)?.current) continue
      onEvent({ kind: 'stopping', name })
      await stop(name)
      onEvent({ kind: 'stopped', name })
    }
  }

  const supervisor: Supervisor = {
    supervise: true,
    get pids() {
      return pids()
    },
    async run(name, spec) {
      parts.set(name, { name, spec, wanted: true, abort: new AbortController(), falls: 0 })
      if (stoppingAll) throw new Trouble(`${spec.name} was not started: everything is stopping.`)
      await start(name)
    },
    start,
    stop,
    async restart(name) {
      await stop(name)
      await start(name)
    },
    kill,
    stopAll: () => {
      stoppingAll ??= stopEach()
      return stoppingAll
    },
    killAll() {
      stoppingAll ??= Promise.resolve()
      for (const part of parts.values()) part.current?.kill('SIGKILL')
    },
  }
  return supervisor
}
