import { execFile } from 'node:child_process'
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { inCheckout } from './checkout.js'
import { inheritedEnv, serverEnv } from './settings.js'
import { Trouble } from './trouble.js'

const run = promisify(execFile)
const names = ['redis-server', 'valkey-server']
const systemFolders = ['/usr/bin', '/usr/local/bin', '/usr/sbin', '/opt/homebrew/bin']

/** A Redis server program, and the folders with its libraries when they are not the system's. */
export type RedisProgram = { file: string; libraries?: string }

const whatToDo =
  'Redis is missing and could not be installed. Install it (Debian: apt-get install redis-server, macOS: brew install redis), or set REDIS_URL to a server of yours.'

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function installed(): RedisProgram | undefined {
  const folders = [...(inheritedEnv().PATH ?? '').split(path.delimiter), ...systemFolders]
  const files = names.flatMap(name => folders.map(folder => path.join(folder, name)))
  const file = files.find(isExecutable)
  return file === undefined ? undefined : { file }
}

async function apt(args: string[], cwd = '/'): Promise<string> {
  const env = { ...inheritedEnv(), DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' }
  const { stdout } = await run('apt-get', ['-q', ...args], { cwd, env, maxBuffer: 10_000_000 })
  return stdout
}

async function installForAll(): Promise<RedisProgram | undefined> {
  const install = ['install', '-y', '--no-install-recommends', 'redis-server']
  // Package lists are empty in a new container: fill them and try again.
  await apt(install).catch(() => apt(['update']).then(() => apt(install)))
  return installed()
}

async function packagesToUnpack(): Promise<string[]> {
  const own = ['redis-server', 'redis-tools']
  const { stdout } = await run('apt-cache', ['depends', ...own], { env: serverEnv() })
  const libraries = [...stdout.matchAll(/^\s+Depends: (lib\S+)$/gm)].map(match => match[1] ?? '')
  return [...own, ...new Set(libraries.filter(name => name !== 'libc6'))]
}

function unpackedIn(folder: string): RedisProgram | undefined {
  const file = path.join(folder, 'usr', 'bin', 'redis-server')
  if (!existsSync(file)) return undefined
  const architecture = readdirSync(path.join(folder, 'usr', 'lib')).find(name =>
    name.includes('-linux-'),
  )
  const libraries = ['usr/lib', 'lib'].map(base => path.join(folder, base, architecture ?? ''))
  return { file, libraries: libraries.join(':') }
}

/** Unpacks Debian's packages into a folder of ours, for those who may not install. */
async function unpack(folder: string): Promise<RedisProgram | undefined> {
  const unfinished = `${folder}.${process.pid}`
  mkdirSync(unfinished, { recursive: true })
  try {
    await apt(['download', ...(await packagesToUnpack())], unfinished)
    for (const name of readdirSync(unfinished).filter(file => file.endsWith('.deb'))) {
      const archive = path.join(unfinished, name)
      await run('dpkg-deb', ['-x', archive, unfinished])
      rmSync(archive)
    }
    if (!existsSync(folder)) renameSync(unfinished, folder)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
  return unpackedIn(folder)
}

/**
 * Finds a Redis server: on the PATH, else installed from Debian's packages (as root), else unpacked from them.
 * @throws Trouble that says how to get one
 */
export async function redisProgram(
  cache: string = inCheckout('node_modules', '.cache', 'aethex', 'redis'),
): Promise<RedisProgram> {
  const found = installed() ?? unpackedIn(cache)
  if (found) return found
  const isRoot = process.getuid?.() === 0
  const fetched = isRoot
    ? await installForAll().catch(() => undefined)
    : await unpack(cache).catch(() => undefined)
  if (!fetched) throw new Trouble(whatToDo)
  return fetched
}
