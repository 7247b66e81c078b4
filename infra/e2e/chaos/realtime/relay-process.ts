import path from 'node:path'
import type { SharedStack } from '@aethex/shared/testing'
import { checkout, inCheckout } from '../../../local/checkout.js'
import { answersHttp, type RunningProcess, runProcess } from '../../../local/processes.js'
import { serverEnv } from '../../../local/settings.js'

/** A relay node in a process of its own. */
export interface RelayProcess {
  readonly name: string
  readonly port: number
  readonly pid: number | undefined
  /** From the built bundle, or from the one that was named last. */
  start(bundle?: string): Promise<void>
  signal(signal: NodeJS.Signals): void
  /** `kill -9`. */
  kill(): Promise<void>
  /** As a deployment ends it; answers with how long it took and how it ended. */
  stop(): Promise<{ ms: number; code: number | null }>
}

export interface RelayProcessOptions {
  name: string
  port: number
  stack: SharedStack
  /** Where players dial and where it finds Redis: both may be ways that can be broken. */
  publicUrl: string
  redisUrl: string
  env?: Record<string, string>
}

export function relayProcess(options: RelayProcessOptions): RelayProcess {
  const { name, port, stack } = options
  let running: RunningProcess | undefined
  let bundle = inCheckout('apps/relay/dist/main.js')
  return {
    name,
    port,
    get pid() {
      return running?.pid
    },
    async start(other) {
      bundle = other ?? bundle
      running = await runProcess({
        name,
        command: process.execPath,
        args: ['--enable-source-maps', bundle],
        env: {
          ...serverEnv(),
          NODE_ENV: 'development',
          LOG_LEVEL: 'info',
          HOST: '127.0.0.1',
          PORT: String(port),
          PUBLIC_URL: options.publicUrl,
          REDIS_URL: options.redisUrl,
          ...options.env,
        },
        cwd: checkout,
        logFile: path.join(stack.data_dir, 'logs', `${name}.log`),
        isReady: answersHttp(`http://127.0.0.1:${port}/readyz`),
        readyWithinMs: 60_000,
        ipc: true,
      })
    },
    signal: signal => running?.kill(signal),
    async kill() {
      running?.kill('SIGKILL')
      await running?.exited
      running = undefined
    },
    async stop() {
      const startedAt = performance.now()
      running?.kill('SIGTERM')
      const exit = await running?.exited
      running = undefined
      return { ms: performance.now() - startedAt, code: exit?.code ?? null }
    },
  }
}
