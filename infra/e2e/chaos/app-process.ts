import path from 'node:path'
import type { SharedStack } from '@aethex/shared/testing'
import { checkout, inCheckout } from '../../local/checkout.js'
import { answersHttp, type RunningProcess, runProcess } from '../../local/processes.js'
import { serverEnv } from '../../local/settings.js'

/** One app of a stack in a process of its own, so that it can be stopped and killed. */
export interface AppProcess {
  readonly name: string
  readonly port: number
  /** Of the process that runs; undefined while none does. */
  readonly pid: number | undefined
  /** From the built bundle, or from the one that was named last; resolves when it answers. */
  start(bundle?: string): Promise<void>
  signal(signal: NodeJS.Signals): void
  /** `kill -9`. */
  kill(): Promise<void>
  /** As a deployment ends it; answers with how long it took and how it ended. */
  stop(): Promise<{ ms: number; code: number | null }>
}

export interface AppProcessOptions {
  app: 'api' | 'relay'
  name: string
  port: number
  stack: SharedStack
  /** Besides what every app is told. */
  env: Record<string, string>
}

/** Says how to run an app; `start` runs it, again after each end. */
export function appProcess({ app, name, port, stack, env }: AppProcessOptions): AppProcess {
  let running: RunningProcess | undefined
  let bundle = inCheckout(`apps/${app}/dist/main.js`)
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
          LOG_LEVEL: 'warn',
          ...env,
          HOST: '127.0.0.1',
          PORT: String(port),
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
