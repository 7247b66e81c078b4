import { rmSync } from 'node:fs'
import path from 'node:path'
import { writePrivateJson } from './private-json.js'
import type { S3Access } from './settings.js'

/** What <data dir>/stack.json tells scripts: the same as the table tells people. */
export type StackFile = {
  api_url: string
  game_url: string
  docs_url: string
  /** null when an SMTP server of somebody else is used. */
  mail_url: string | null
  /** Behind the gateway; for the tests of the API itself. */
  analytics_url: string
  publishable_key: string | null
  secret_key: string | null
  studio: { email: string; password: string } | null
  /** The database as its owner. */
  database_url: string
  /** The database as the apps may use it. */
  app_database_url: string
  redis_url: string
  s3: S3Access
  clickhouse_url: string
  pids: Record<string, number>
}

export function writeStackFile(dataDir: string, content: StackFile): void {
  writePrivateJson(path.join(dataDir, 'stack.json'), content)
}

export function removeStackFile(dataDir: string): void {
  rmSync(path.join(dataDir, 'stack.json'), { force: true })
}
