import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { Trouble } from '../local/trouble.js'

const run = promisify(execFile)
const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']

function onPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter)
  const candidates = names.flatMap(name => folders.map(folder => path.join(folder, name)))
  return candidates.find(candidate => {
    try {
      accessSync(candidate, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Chromium for the browser tests: the one on the PATH, or else Debian's, which root can install. */
export async function findChromium(): Promise<string> {
  const found = onPath()
  if (found !== undefined) return found
  const missing = 'Chromium is missing, and the browser tests need it.'
  if (process.getuid?.() !== 0)
    throw new Trouble(`${missing} Install it: sudo apt-get install chromium`)
  try {
    await run('apt-get', ['update', '-qq'])
    await run(
      'apt-get',
      ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'],
      {
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
        maxBuffer: 64 * 1024 * 1024,
      },
    )
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n').at(-1) : String(error)
    throw new Trouble(`${missing} apt-get could not install it: ${reason}`)
  }
  const installed = onPath()
  if (installed === undefined) throw new Trouble(missing)
  return installed
}
