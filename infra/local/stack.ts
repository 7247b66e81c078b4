import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { chooseAddresses, fixedPorts } from './addresses.js'
import { bringUp, type PartName, type StackUrls } from './bring-up.js'
import { type DataDir, openDataDir, wipeDataDir } from './data-dir.js'
import { endLeftovers, rememberProcesses } from './leftovers.js'
import { requireFreePorts } from './ports.js'
import { createProgress, type OnProgress } from './progress.js'
import { loadSecrets } from './secrets.js'
import type { Demo } from './seed.js'
import { readSettings, type Settings } from './settings.js'
import { removeStackFile, writeStackFile } from './stack-file.js'
import { createSupervisor, type Supervisor, type SupervisorEvent } from './supervisor.js'
import { Trouble } from './trouble.js'

export type { PartName, StackUrls } from './bring-up.js'

export type StackOptions = {
  dataDir?: string
  /** The front door. */
  port?: number
  /** How many relay nodes; one unless said otherwise. */
  relays?: number
  /** Begin with an empty data directory. */
  fresh?: boolean
  /** Make the demo project and its keys; on unless said otherwise. */
  seed?: boolean
  /** Only these parts; stack.json is written for a whole stack only. */
  only?: PartName[]
  /** Variables per program that win over the house's: { api: { LOG_LEVEL: 'debug' }, 'relay-2': … } */
  env?: Record<string, Record<string, string>>
  onProgress?: OnProgress
  onEvent?: (event: SupervisorEvent) => void
  /** Aborting ends a start that is under way. */
  signal?: AbortSignal
}

/** A running platform. The names of its processes: postgres redis s3 clickhouse mail analytics relay-1 … api site. */
export type Stack = {
  urls: StackUrls
  dataDir: string
  demo: Demo | undefined
  readonly pids: Record<string, number>
  /** Whether a process that ends unexpectedly is started again; switch it off before killing one on purpose. */
  supervise: boolean
  /** Sends a signal; after SIGKILL resolves when the process is gone. */
  kill: (name: string, signal: NodeJS.Signals) => Promise<void>
  /** Starts a process that is down; resolves when it answers. */
  start: (name: string) => Promise<void>
  /** Ends one process as its deployment would, and starts it again. */
  restart: (name: string) => Promise<void>
  /** Ends everything in the reverse order and lets the data directory go. */
  stop: () => Promise<void>
  /** SIGKILL for everything, without waiting. */
  killAll: () => void
}

const privateFolders = ['s3', 'clickhouse', 'mail', 'spool', 'logs']

const partsWithFixedPort: [PartName, 'api' | 'game' | 'mail'][] = [
  ['api', 'api'],
  ['site', 'game'],
  ['mail', 'mail'],
]

function settingsOf(options: StackOptions): Settings {
  const settings = readSettings()
  return {
    ...settings,
    dataDir: path.resolve(options.dataDir ?? settings.dataDir),
    port: options.port ?? settings.port,
  }
}

async function clearTheGround(dir: DataDir, fresh: boolean): Promise<string> {
  const pidsFile = path.join(dir.path, 'pids.json')
  await endLeftovers(pidsFile)
  removeStackFile(dir.path)
  if (fresh) wipeDataDir(dir.path)
  // When the launcher is root, others may pass through the data directory, but not look into it.
  for (const name of privateFolders) {
    mkdirSync(path.join(dir.path, name), { recursive: true, mode: 0o700 })
  }
  return pidsFile
}

function needPorts(settings: Settings, relays: number, wants: (part: PartName) => boolean) {
  const fixed = fixedPorts(settings.port, relays)
  const needed = partsWithFixedPort.filter(([part]) => wants(part)).map(([, name]) => fixed[name])
  return requireFreePorts([...needed, ...(wants('relay') ? fixed.relays : [])], settings.port)
}

function describe(stack: Pick<Stack, 'urls' | 'demo' | 'pids' | 'dataDir'>): void {
  const { urls, demo } = stack
  writeStackFile(stack.dataDir, {
    api_url: urls.api,
    game_url: urls.game,
    docs_url: urls.docs,
    mail_url: urls.mail,
    analytics_url: urls.analytics,
    publishable_key: demo?.publishable_key ?? null,
    secret_key: demo?.secret_key ?? null,
    studio: demo ? { email: demo.email, password: demo.password } : null,
    database_url: urls.database,
    app_database_url: urls.appDatabase,
    redis_url: urls.redis,
    s3: urls.s3,
    clickhouse_url: urls.clickhouse,
    pids: stack.pids,
  })
}

async function startIn(
  dir: DataDir,
  settings: Settings,
  options: StackOptions,
  supervisor: (pidsFile: string, describeAgain: () => void) => Supervisor,
): Promise<Stack> {
  const { relays = 1, only, seed = true } = options
  const wants = (part: PartName) => only === undefined || only.includes(part)
  const pidsFile = await clearTheGround(dir, options.fresh === true)
  await needPorts(settings, relays, wants)
  let stack: Stack | undefined
  const isWhole = only === undefined
  const running = supervisor(pidsFile, () => {
    if (stack && isWhole) describe(stack)
  })
  const house = {
    settings,
    addresses: await chooseAddresses(settings, relays),
    secrets: loadSecrets(dir.path),
    overrides: options.env ?? {},
  }
  options.signal?.addEventListener('abort', () => void running.stopAll(), { once: true })
  const progress = createProgress(options.onProgress)
  const { urls, demo } = await bringUp(house, running, progress, { wants, seed })
  if (options.signal?.aborted) {
    await running.stopAll()
    throw new Trouble('The start was stopped.')
  }
  let stopping: Promise<void> | undefined
  const stop = async () => {
    stack = undefined
    dir.announceStop()
    removeStackFile(dir.path)
    await running.stopAll()
    dir.release()
  }
  stack = {
    urls,
    demo,
    dataDir: dir.path,
    get pids() {
      return running.pids
    },
    get supervise() {
      return running.supervise
    },
    set supervise(on) {
      running.supervise = on
    },
    kill: running.kill,
    start: running.start,
    restart: running.restart,
    killAll: running.killAll,
    stop: () => {
      stopping ??= stop()
      return stopping
    },
  }
  if (isWhole) describe(stack)
  return stack
}

/**
 * Starts the platform, or the parts of it that are asked for, and resolves when everything answers.
 * @throws Trouble with one clear sentence; what was started by then is stopped.
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const settings = settingsOf(options)
  const dir = await openDataDir(settings.dataDir)
  try {
    return await startIn(dir, settings, options, (pidsFile, describeAgain) =>
      createSupervisor(pids => {
        rememberProcesses(pidsFile, pids)
        describeAgain()
      }, options.onEvent),
    )
  } catch (error) {
    dir.release()
    throw error
  }
}
