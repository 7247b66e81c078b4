import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Running } from '@aethex/shared/lifecycle'
import { createLog } from '@aethex/shared/log'
import { z } from 'zod'
import { startAnalytics } from './app.js'
import { internalSecret } from './test-caller.js'

export interface TestSettings {
  clickhouseUrl: string
  spoolDir: string
  maxSpoolBytes?: number
}

export const newSpoolDir = () => mkdtemp(path.join(tmpdir(), 'aethex-test-spool-'))

/** Starts the app in this process. */
export const startTestAnalytics = (settings: TestSettings): Promise<Running> =>
  startAnalytics(
    {
      HOST: '127.0.0.1',
      PORT: 0,
      NODE_ENV: 'test',
      LOG_LEVEL: 'silent',
      SPOOL_DIR: settings.spoolDir,
      MAX_SPOOL_BYTES: settings.maxSpoolBytes ?? 536_870_912,
    },
    { CLICKHOUSE_URL: settings.clickhouseUrl, INTERNAL_SECRET: internalSecret },
    createLog('analytics', 'silent'),
  )

export interface AnalyticsProcess {
  url: string
  /** Ends it at once, as `kill -9` does. */
  kill(): Promise<void>
  /** Ends it as a deployment does, and tells its exit code. */
  terminate(): Promise<number | null>
}

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const Line = z.object({ msg: z.string(), url: z.string().optional() })

async function readyUrl(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the process has no output')
  const lines = createInterface({ input: child.stdout })
  return new Promise((resolve, reject) => {
    child.once('exit', code => reject(new Error(`it ended with ${code} before it was ready`)))
    // Listening on keeps the pipe from filling up.
    lines.on('line', text => {
      const { msg, url } = Line.parse(JSON.parse(text))
      if (msg === 'ready' && url !== undefined) resolve(url)
    })
  })
}

/** Starts the app as a process of its own; `maxFileKiB` is a disk that fails beyond that file size. */
export async function spawnAnalytics(
  settings: TestSettings & { maxFileKiB?: number },
): Promise<AnalyticsProcess> {
  const limit = settings.maxFileKiB === undefined ? '' : `ulimit -f ${settings.maxFileKiB} && `
  const child = spawn(
    'bash',
    ['-c', `${limit}exec "$0" --import tsx "$1"`, process.execPath, main],
    {
      env: {
        ...process.env,
        PORT: '0',
        LOG_LEVEL: 'info',
        SPOOL_DIR: settings.spoolDir,
        CLICKHOUSE_URL: settings.clickhouseUrl,
        INTERNAL_SECRET: internalSecret,
      },
      // The channel ends the process when the test run is cut short.
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    },
  )
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit')
      child.kill(signal)
      await gone
    }
    return child.exitCode
  }
  try {
    const url = await readyUrl(child)
    return { url, kill: async () => void (await end('SIGKILL')), terminate: () => end('SIGTERM') }
  } catch (error) {
    await end('SIGKILL')
    throw error
  }
}
