import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { endProcess, isRunning } from './leftovers.js'
import { makePrivate, type PostgresHome, postgresHome } from './postgres-home.js'
import { postgresPrograms } from './postgres-programs.js'
import { type ProcessSpec, type RunningProcess, runProcess } from './processes.js'
import { serverEnv } from './settings.js'
import { sentenceOf, Trouble } from './trouble.js'

const run = promisify(execFile)
const user = 'aethex'
const database = 'aethex'

export type PostgresOptions = {
  dataDir: string
  port: number
  logFile: string
  /** Server settings beyond the house's, e.g. { fsync: 'off' } for a database that is thrown away. */
  settings?: Record<string, string>
}

/** A PostgreSQL that can be started as often as needed; the data and the password stay. */
export type Postgres = { spec: ProcessSpec; url: string; adminUrl: string }

// Acknowledged writes must survive a crash: fsync and synchronous_commit stay on.
const houseSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  fsync: 'on',
  synchronous_commit: 'on',
  password_encryption: 'scram-sha-256',
  log_min_messages: 'warning',
}

function password(dataDir: string): string {
  const file = path.join(dataDir, 'postgres-password')
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('hex'), { mode: 0o600 })
  return readFileSync(file, 'utf8').trim()
}

async function initialise(
  home: PostgresHome,
  programs: string,
  secret: string,
  env: ProcessSpec['env'],
): Promise<void> {
  // A folder of its own until it is whole: an interrupted initdb leaves one that looks finished.
  const unfinished = `${home.folder}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  makePrivate(home, unfinished)
  const cluster = path.join(unfinished, 'cluster')
  makePrivate(home, cluster)
  const passwordFile = path.join(unfinished, 'password')
  writeFileSync(passwordFile, `${secret}\n`, { mode: 0o600 })
  if (home.identity) chownSync(passwordFile, home.identity.uid, home.identity.gid)
  const args = ['-D', cluster, '-U', user, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`]
  args.push('-E', 'UTF8', '--locale=C', '--no-sync')
  try {
    const options = { env, cwd: '/', ...home.identity }
    await run(path.join(programs, 'bin', 'initdb'), args, options)
  } catch (error) {
    throw new Trouble(`PostgreSQL could not lay out its data: ${sentenceOf(error).trim()}`)
  }
  renameSync(cluster, home.folder)
  rmSync(unfinished, { recursive: true, force: true })
}

/** Ends a server that a launcher left behind, and drops a lock file whose process is somebody else's by now. */
async function freeLock(folder: string): Promise<void> {
  const lock = path.join(folder, 'postmaster.pid')
  if (!existsSync(lock)) return
  const pid = Number.parseInt(readFileSync(lock, 'utf8'), 10)
  if (pid > 0 && isRunning(pid, folder)) await endProcess(pid, 'SIGINT')
  else rmSync(lock, { force: true })
}

function isReadyIn(folder: string): (pid: number) => boolean {
  const lock = path.join(folder, 'postmaster.pid')
  return pid => {
    const lines = readFileSync(lock, 'utf8').split('\n')
    return Number(lines[0]) === pid && lines[7]?.trim() === 'ready'
  }
}

/** Creates the database `aethex` when the server has none. */
export async function ensureDatabase(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [
      database,
    ])
    if (rowCount === 0) await client.query(`CREATE DATABASE ${database}`)
  } finally {
    await client.end()
  }
}

/** Lays the data out if there is none, and says how to start the server. */
export async function preparePostgres(options: PostgresOptions): Promise<Postgres> {
  const home = postgresHome(options.dataDir)
  const programs = postgresPrograms(home.identity ? '/var/cache/aethex' : undefined)
  const secret = password(options.dataDir)
  const env = serverEnv()
  if (!existsSync(path.join(home.folder, 'PG_VERSION'))) {
    await initialise(home, programs, secret, env)
  }
  const settings = { ...houseSettings, port: String(options.port), ...options.settings }
  const address = `postgresql://${user}:${secret}@127.0.0.1:${options.port}`
  return {
    url: `${address}/${database}`,
    adminUrl: `${address}/postgres`,
    spec: {
      name: 'PostgreSQL',
      command: path.join(programs, 'bin', 'postgres'),
      args: [
        '-D',
        home.folder,
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      env,
      cwd: '/',
      logFile: options.logFile,
      prepare: () => freeLock(home.folder),
      isReady: isReadyIn(home.folder),
      readyWithinMs: 60_000,
      identity: home.identity,
      stopSignal: 'SIGINT',
      stopWithinMs: 15_000,
      // The server processes of a postmaster that was killed need a moment to let go of its shared memory.
      retryWhen: /lock file|shared memory|could not bind/,
    },
  }
}

/** Prepares and starts a PostgreSQL with the database `aethex` in it. */
export async function startPostgres(
  options: PostgresOptions,
): Promise<Postgres & { process: RunningProcess }> {
  const postgres = await preparePostgres(options)
  const running = await runProcess(postgres.spec)
  await ensureDatabase(postgres.adminUrl)
  return { ...postgres, process: running }
}
