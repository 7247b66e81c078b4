import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { readJson, writePrivateJson } from './private-json.js'

const hex = (bytes: number) => randomBytes(bytes).toString('hex')

const makers = {
  master_key: () => randomBytes(32).toString('base64'),
  internal_secret: () => hex(32),
  database_password: () => hex(24),
  redis_password: () => hex(24),
  s3_access_key_id: () => `local${hex(8)}`,
  s3_secret_access_key: () => hex(24),
  clickhouse_password: () => hex(24),
}

export type Secrets = Record<keyof typeof makers, string>

function remembered(value: unknown, name: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const found = Object.entries(value).find(([key]) => key === name)?.[1]
  return typeof found === 'string' && found !== '' ? found : undefined
}

/** The secrets of a data directory: made once, kept in secrets.json, which only its owner reads. */
export function loadSecrets(dataDir: string): Secrets {
  const file = path.join(dataDir, 'secrets.json')
  const kept = readJson(file)
  const secret = (name: keyof typeof makers) => remembered(kept, name) ?? makers[name]()
  const secrets: Secrets = {
    master_key: secret('master_key'),
    internal_secret: secret('internal_secret'),
    database_password: secret('database_password'),
    redis_password: secret('redis_password'),
    s3_access_key_id: secret('s3_access_key_id'),
    s3_secret_access_key: secret('s3_secret_access_key'),
    clickhouse_password: secret('clickhouse_password'),
  }
  writePrivateJson(file, secrets)
  return secrets
}
