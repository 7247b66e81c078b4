import path from 'node:path'
import type { SharedStack } from '@aethex/shared/testing'
import { secretsOf } from '../../../../apps/api/src/testing/another-api.js'
import { checkout, inCheckout } from '../../../local/checkout.js'
import { answersHttp, type RunningProcess, runProcess } from '../../../local/processes.js'
import { serverEnv } from '../../../local/settings.js'

/** An API in a process of its own, so that it can be killed. */
export interface ApiProcess {
  name: string
  port: number
  /** Of the process that runs; undefined while none does. */
  readonly pid: number | undefined
  /** From the built bundle, or from the one that was named last. */
  start(bundle?: string): Promise<void>
  kill(): Promise<void>
}

export interface ApiProcessOptions {
  name: string
  port: number
  stack: SharedStack
  /** Where it finds PostgreSQL and the store instead of where the stack has them. */
  databaseUrl: string
  s3Endpoint: string
}

/** Says how to run an API of the stack; `start` resolves when it answers, again after each kill. */
export function apiProcess(options: ApiProcessOptions): ApiProcess {
  const { name, port, stack } = options
  const kept = secretsOf(stack)
  let running: RunningProcess | undefined
  let bundle = inCheckout('apps/api/dist/main.js')
  const env = {
    ...serverEnv(),
    NODE_ENV: 'development',
    LOG_LEVEL: 'warn',
    HOST: '127.0.0.1',
    PORT: String(port),
    ARGON2_MEMORY_KIB: '19456',
    ARGON2_PASSES: '2',
    TRUSTED_PROXIES: '127.0.0.1',
    PUBLIC_URL: stack.api_url,
    ANALYTICS_URL: stack.analytics_url,
    S3_ENDPOINT: options.s3Endpoint,
    S3_REGION: stack.s3.region,
    S3_BUCKET: stack.s3.bucket,
    S3_ACCESS_KEY_ID: stack.s3.access_key_id,
    S3_SECRET_ACCESS_KEY: stack.s3.secret_access_key,
    DATABASE_URL: options.databaseUrl,
    REDIS_URL: stack.redis_url,
    MASTER_KEY: kept.master_key,
    INTERNAL_SECRET: kept.internal_secret,
  }
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
        env,
        cwd: checkout,
        logFile: path.join(stack.data_dir, 'logs', `${name}.log`),
        isReady: answersHttp(`http://127.0.0.1:${port}/readyz`),
        readyWithinMs: 60_000,
        ipc: true,
      })
    },
    async kill() {
      running?.kill('SIGKILL')
      await running?.exited
      running = undefined
    },
  }
}
