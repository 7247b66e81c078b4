import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { inheritedEnv } from './settings.js'
import { Trouble } from './trouble.js'

const run = promisify(execFile)
const systemFolders = ['/usr/bin', '/usr/local/bin', '/usr/sbin', '/opt/homebrew/bin']
const missing = 'coturn is missing, and what is tested through a TURN server needs it.'

function installed(): string | undefined {
  const folders = [...(inheritedEnv().PATH ?? '').split(path.delimiter), ...systemFolders]
  return folders
    .map(folder => path.join(folder, 'turnserver'))
    .find(file => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

async function apt(...args: string[]): Promise<void> {
  // Another test file may be installing something at this moment.
  const options = ['-q', '-y', '-o', 'DPkg::Lock::Timeout=120']
  const env = { ...inheritedEnv(), DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' }
  await run('apt-get', [...options, ...args], { env, maxBuffer: 10_000_000 })
}

/**
 * Finds coturn's `turnserver`: on the PATH, or else Debian's, which root can install. Only tests need it.
 * @throws Trouble that says how to get one
 */
export async function findTurnServer(): Promise<string> {
  const found = installed()
  if (found !== undefined) return found
  if (process.getuid?.() !== 0) {
    throw new Trouble(`${missing} Install it: sudo apt-get install coturn`)
  }
  const install = () => apt('install', '--no-install-recommends', 'coturn')
  // Package lists are empty in a new container: fill them and try again.
  await install().catch(() =>
    apt('update')
      .then(install, install)
      .catch(() => undefined),
  )
  const fetched = installed()
  if (fetched === undefined) throw new Trouble(`${missing} apt-get could not install it.`)
  return fetched
}
