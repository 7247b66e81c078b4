import { readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import type { SharedStack } from '@aethex/shared/testing'
import { type Stack, startStack } from '../local/stack.js'

const isFree = (port: number) =>
  new Promise<boolean>(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

// The front door and its neighbours follow each other, so ten free ports in a row are looked for.
async function freePortBlock(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    // Below the ports that systems hand out by themselves (from 32,768 on Linux).
    const base = 21_000 + 10 * Math.floor(Math.random() * 1_150)
    const ports = Array.from({ length: 10 }, (_, index) => base + index)
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return base
  }
  throw new Error('no ten free ports in a row')
}

export interface TestStack {
  stack: Stack
  file: SharedStack
  /** Stops everything and deletes its data. */
  remove(): Promise<void>
}

/** A whole platform on ports and data of its own. */
export async function startTestStack(options: {
  dataDir: string
  relays?: number
}): Promise<TestStack> {
  const stack = await startStack({
    ...options,
    port: await freePortBlock(),
    // The least that a password hash may cost, so that tests stay quick.
    env: {
      api: {
        LOG_LEVEL: 'warn',
        ARGON2_MEMORY_KIB: '19456',
        ARGON2_PASSES: '2',
        // Test files say where they come from, so that one does not use up the budgets of another.
        TRUSTED_PROXIES: '127.0.0.1',
        // The receivers and issuers that tests start.
        OUTGOING_ALLOW_PRIVATE: '127.0.0.1:*',
      },
    },
  })
  const file: SharedStack = {
    ...JSON.parse(readFileSync(path.join(options.dataDir, 'stack.json'), 'utf8')),
    data_dir: options.dataDir,
  }
  return {
    stack,
    file,
    remove: async () => {
      await stack.stop()
      rmSync(options.dataDir, { recursive: true, force: true })
    },
  }
}
