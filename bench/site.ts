import { randomInt } from 'node:crypto'
import { fixedPorts } from '../infra/local/addresses.js'
import { isPortFree } from '../infra/local/ports.js'
import { scratchFolder } from '../infra/local/scratch-folder.js'
import type { Demo } from '../infra/local/seed.js'
import { readSettings } from '../infra/local/settings.js'
import { type Stack, type StackOptions, startStack } from '../infra/local/stack.js'
import { Trouble } from '../infra/local/trouble.js'

/** The platform under measurement, on ports and data of its own. */
export interface Site {
  stack: Stack
  demo: Demo
  /** Stops everything and deletes its data. */
  remove(): Promise<void>
}

// Below the range from which systems pick ports for outgoing connections.
const firstPort = 30_000
const portCount = 2_700

async function freeFrontDoor(): Promise<number> {
  for (;;) {
    const port = firstPort + randomInt(portCount)
    const { api, relays } = fixedPorts(port, 1)
    if ((await Promise.all([api, ...relays].map(isPortFree))).every(Boolean)) return port
  }
}

function assertOwnParts(): void {
  const { databaseUrl, redisUrl, s3 } = readSettings()
  if (databaseUrl || redisUrl || s3) {
    throw new Trouble(
      'The benchmarks fill the parts they run on, so they start their own: unset DATABASE_URL, REDIS_URL and S3_ENDPOINT.',
    )
  }
}

/** Starts the parts that are measured, as `npm start` runs them, but with NODE_ENV=production. */
export async function openSite(
  options: Pick<StackOptions, 'onProgress' | 'signal'>,
): Promise<Site> {
  assertOwnParts()
  const { folder, remove: removeFolder } = scratchFolder()
  try {
    const stack = await startStack({
      ...options,
      dataDir: folder,
      port: await freeFrontDoor(),
      only: ['postgres', 'redis', 's3', 'api', 'relay'],
      env: {
        // All load comes from one address, which the throttle would slow: it is made to look like many.
        api: { NODE_ENV: 'production', TRUSTED_PROXIES: '127.0.0.1' },
        relay: { NODE_ENV: 'production' },
      },
    })
    const { demo } = stack
    const remove = () => stack.stop().finally(removeFolder)
    if (demo) return { stack, demo, remove }
    await remove()
    throw new Trouble('The stack made no demo project to play in.')
  } catch (error) {
    removeFolder()
    throw error
  }
}
