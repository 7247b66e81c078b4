import { existsSync } from 'node:fs'
import path from 'node:path'
import { type Addresses, httpUrl } from './addresses.js'
import { checkout, inCheckout } from './checkout.js'
import { answersHttp, type ProcessSpec } from './processes.js'
import type { Secrets } from './secrets.js'
import { type S3Access, type Settings, serverEnv } from './settings.js'
import { Trouble } from './trouble.js'

/** The URLs of the parts, ours or somebody else's. */
export type PartUrls = {
  /** As its owner: for migrations and for whoever looks behind the apps. */
  database: string
  /** As the apps may use it. */
  appDatabase: string
  redis: string
  s3: S3Access
  clickhouse: string
  smtp: string
}

/** What every program of ours is started with. */
export type House = {
  settings: Settings
  addresses: Addresses
  secrets: Secrets
  /** Variables that win over the house's, per program: api, relay (all of them), relay-1, analytics, site, s3… */
  overrides: Record<string, Record<string, string>>
}

export function logFile(settings: Settings, name: string): string {
  return path.join(settings.dataDir, 'logs', `${name}.log`)
}

type Program = {
  name: string
  label: string
  script: string
  args?: string[]
  env: Record<string, string | undefined>
  health: string
  stopWithinMs?: number
}

function program(house: House, given: Program): ProcessSpec {
  const { name, label, script, args = [], env, health, stopWithinMs } = given
  if (!existsSync(script)) {
    throw new Trouble(`${path.relative(checkout, script)} is missing. Run: npm run build`)
  }
  const { [name]: own, [name.replace(/-\d+$/, '')]: kind } = house.overrides
  return {
    name: label,
    command: process.execPath,
    args: ['--enable-source-maps', script, ...args],
    env: { ...env, ...kind, ...own },
    cwd: checkout,
    logFile: logFile(house.settings, name),
    isReady: answersHttp(health),
    readyWithinMs: 60_000,
    ipc: true,
    ...(stopWithinMs === undefined ? {} : { stopWithinMs }),
  }
}

/** A program of infra/local: it needs nothing from the environment but its secret. */
function part(
  house: House,
  name: 's3' | 'clickhouse' | 'mail' | 'site',
  label: string,
  port: number,
  given: Pick<Program, 'args'> & Partial<Program>,
) {
  return program(house, {
    name,
    label,
    script: inCheckout('infra', 'dist', `${name}.js`),
    args: given.args ?? [],
    env: { ...serverEnv(), ...given.env },
    health: `${httpUrl(port)}/livez`,
  })
}

export function s3Program(house: House, access: S3Access): ProcessSpec {
  const port = house.addresses.internal.s3
  const dir = path.join(house.settings.dataDir, 's3')
  const args = ['--dir', dir, '--port', String(port), '--bucket', access.bucket]
  args.push('--access-key', access.access_key_id)
  const env = { S3_SECRET_ACCESS_KEY: access.secret_access_key }
  return part(house, 's3', 'S3 store', port, { args, env })
}

export function clickhouseProgram(house: House, user: string, database: string): ProcessSpec {
  const port = house.addresses.internal.clickhouse
  const dir = path.join(house.settings.dataDir, 'clickhouse')
  const args = ['--dir', dir, '--port', String(port), '--user', user, '--database', database]
  const env = { CLICKHOUSE_PASSWORD: house.secrets.clickhouse_password }
  return part(house, 'clickhouse', 'ClickHouse', port, { args, env })
}

export function mailProgram(house: House): ProcessSpec {
  const { mail, internal } = house.addresses
  const dir = path.join(house.settings.dataDir, 'mail')
  const args = ['--dir', dir, '--smtp-port', String(internal.smtp), '--http-port', String(mail)]
  return part(house, 'mail', 'Mail catcher', mail, { args })
}

export function siteProgram(house: House, publishableKey: string): ProcessSpec {
  const { game, api } = house.addresses
  const config = JSON.stringify({ url: httpUrl(api), api_key: publishableKey })
  const dir = inCheckout('examples', 'skirmish', 'dist')
  const args = ['--dir', dir, '--port', String(game), '--config', config]
  return part(house, 'site', 'Game site', game, { args })
}

// An app drains what is in flight before it ends.
const drainMs = 15_000

function app(
  house: House,
  name: string,
  label: string,
  port: number,
  env: Program['env'],
): ProcessSpec {
  const { game, api } = house.addresses
  const origins = [game, api].flatMap(p => [httpUrl(p), `http://localhost:${p}`])
  const inherited = house.settings.env
  return program(house, {
    name,
    label,
    script: inCheckout('apps', name.replace(/-\d+$/, ''), 'dist', 'main.js'),
    env: {
      ...inherited,
      // The owner's password is no business of an app.
      MIGRATION_DATABASE_URL: undefined,
      NODE_ENV: inherited.NODE_ENV === 'production' ? 'production' : 'development',
      HOST: '127.0.0.1',
      PORT: String(port),
      LOG_LEVEL: inherited.LOG_LEVEL || 'info',
      ALLOWED_ORIGINS: inherited.ALLOWED_ORIGINS || origins.join(','),
      INTERNAL_SECRET: house.settings.internalSecret ?? house.secrets.internal_secret,
      ...env,
    },
    health: `${httpUrl(port)}/readyz`,
    stopWithinMs: drainMs,
  })
}

export function analyticsProgram(house: House, clickhouseUrl: string): ProcessSpec {
  return app(house, 'analytics', 'Analytics', house.addresses.internal.analytics, {
    CLICKHOUSE_URL: clickhouseUrl,
    SPOOL_DIR: path.join(house.settings.dataDir, 'spool'),
  })
}

export function relayProgram(house: House, redisUrl: string, index: number): ProcessSpec {
  const port = house.addresses.relays[index] ?? 0
  return app(house, `relay-${index + 1}`, `Relay ${index + 1}`, port, {
    REDIS_URL: redisUrl,
    PUBLIC_URL: `ws://127.0.0.1:${port}`,
  })
}

export function apiProgram(house: House, urls: PartUrls): ProcessSpec {
  const { api, internal } = house.addresses
  return app(house, 'api', 'API', api, {
    DATABASE_URL: urls.appDatabase,
    REDIS_URL: urls.redis,
    S3_ENDPOINT: urls.s3.endpoint,
    // Who plays on this machine reaches the store as the API does.
    S3_PUBLIC_ENDPOINT: urls.s3.endpoint,
    S3_REGION: urls.s3.region,
    S3_BUCKET: urls.s3.bucket,
    S3_ACCESS_KEY_ID: urls.s3.access_key_id,
    S3_SECRET_ACCESS_KEY: urls.s3.secret_access_key,
    ANALYTICS_URL: httpUrl(internal.analytics),
    SMTP_URL: urls.smtp,
    PUBLIC_URL: httpUrl(api),
    SERVICES: 'all',
    MASTER_KEY: house.settings.masterKey ?? house.secrets.master_key,
  })
}
