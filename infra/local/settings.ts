import path from 'node:path'
import { inCheckout } from './checkout.js'
import { Trouble } from './trouble.js'
import { type LauncherEnv, variables } from './variables.js'

export type S3Access = {
  endpoint: string
  region: string
  bucket: string
  access_key_id: string
  secret_access_key: string
}

/** What the environment says. A part whose URL is given is used, not started. */
export type Settings = {
  dataDir: string
  /** The front door; the game site, the relays and the mail page take the ports after it. */
  port: number
  databaseUrl?: string | undefined
  /** The same database as its owner: who migrates it. */
  migrationDatabaseUrl?: string | undefined
  redisUrl?: string | undefined
  s3?: S3Access | undefined
  clickhouseUrl?: string | undefined
  smtpUrl?: string | undefined
  masterKey?: string | undefined
  internalSecret?: string | undefined
  /** Everything, for the programs that are started. */
  env: Record<string, string | undefined>
}

type Env = Record<string, string | undefined>

/** The launcher's own environment, for programs that need it whole (package managers behind a proxy). */
export function inheritedEnv(): Env {
  return { ...process.env }
}

/** The little that a server needs: where programs, the home and temporary files are. */
export function serverEnv(): Env {
  const { PATH, HOME, TMPDIR } = process.env
  return { PATH, HOME, TMPDIR, LC_ALL: 'C', TZ: 'UTC' }
}

// Room for the site, up to eight relays and the mail page above the front door.
const highestPort = 65_000

function readPort(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 1 && port <= highestPort) return port
  throw new Trouble(`AETHEX_PORT is "${text}": give a port number from 1 to ${highestPort}.`)
}

function readS3(env: LauncherEnv): S3Access | undefined {
  const endpoint = env.S3_ENDPOINT
  if (!endpoint) return undefined
  const needed = (name: keyof LauncherEnv): string => {
    const value = env[name]
    if (!value) throw new Trouble(`S3_ENDPOINT is set, so ${name} is needed too.`)
    return value
  }
  return {
    endpoint,
    region: env.S3_REGION || variables.S3_REGION.fallback,
    bucket: needed('S3_BUCKET'),
    access_key_id: needed('S3_ACCESS_KEY_ID'),
    secret_access_key: needed('S3_SECRET_ACCESS_KEY'),
  }
}

/**
 * Reads the environment once; an empty variable counts as not set.
 * @throws Trouble that names the variable that is wrong
 */
export function readSettings(env: LauncherEnv = process.env): Settings {
  return {
    dataDir: path.resolve(env.AETHEX_DATA_DIR || inCheckout(variables.AETHEX_DATA_DIR.fallback)),
    port: readPort(env.AETHEX_PORT || variables.AETHEX_PORT.fallback),
    databaseUrl: env.DATABASE_URL || undefined,
    migrationDatabaseUrl: env.MIGRATION_DATABASE_URL || env.DATABASE_URL || undefined,
    redisUrl: env.REDIS_URL || undefined,
    s3: readS3(env),
    clickhouseUrl: env.CLICKHOUSE_URL || undefined,
    smtpUrl: env.SMTP_URL || undefined,
    masterKey: env.MASTER_KEY || undefined,
    internalSecret: env.INTERNAL_SECRET || undefined,
    env,
  }
}
