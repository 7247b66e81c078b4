import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Running } from '@aethex/shared/lifecycle'
import { createLog } from '@aethex/shared/log'
import type { SharedStack } from '@aethex/shared/testing'
import { z } from 'zod'
import { type StandIns, startApi } from '../app.js'
import { schemas } from '../config.js'

const Kept = z.object({ master_key: z.string(), internal_secret: z.string() })

/** The secrets that the launcher made for a stack. */
export const secretsOf = (stack: SharedStack) =>
  Kept.parse(JSON.parse(readFileSync(path.join(stack.data_dir, 'secrets.json'), 'utf8')))

/** The options of another API process of the same stack. `env` wins over the stack's settings. */
export function apiOptions(
  stack: SharedStack,
  env: Record<string, string> = {},
): Record<string, string> {
  const kept = secretsOf(stack)
  return {
    PORT: '0',
    // The least that a hash may cost, so that tests stay quick.
    ARGON2_MEMORY_KIB: '19456',
    ARGON2_PASSES: '2',
    PUBLIC_URL: stack.api_url,
    ANALYTICS_URL: stack.analytics_url,
    S3_ENDPOINT: stack.s3.endpoint,
    S3_REGION: stack.s3.region,
    S3_BUCKET: stack.s3.bucket,
    S3_ACCESS_KEY_ID: stack.s3.access_key_id,
    S3_SECRET_ACCESS_KEY: stack.s3.secret_access_key,
    DATABASE_URL: stack.app_database_url,
    REDIS_URL: stack.redis_url,
    MASTER_KEY: kept.master_key,
    INTERNAL_SECRET: kept.internal_secret,
    // As the stack itself: what this process takes off the shared queues may be meant for any test's receiver.
    OUTGOING_ALLOW_PRIVATE: '127.0.0.1:*',
    ...env,
  }
}

/**
 * Another API process of the same stack, on a port of its own. `env` wins over the stack's settings;
 * `standIns` may bring a clock: `{ now: () => new Date(Date.now() + ahead) }`.
 */
export function startAnotherApi(
  stack: SharedStack,
  env: Record<string, string> = {},
  standIns: StandIns = {},
): Promise<Running> {
  const given = apiOptions(stack, env)
  const [config, secrets] = [schemas.config.parse(given), schemas.secrets.parse(given)]
  return startApi(config, secrets, createLog('api', 'silent'), standIns)
}
