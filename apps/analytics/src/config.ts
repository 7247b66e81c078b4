import { common, loadConfig, port } from '@aethex/shared/config'
import { z } from 'zod'

const config = z.object({
  ...common,
  PORT: port().default(8090).describe('where the gateway finds this app'),
  SPOOL_DIR: z.string().min(1).describe('a directory of its own, for events on their way'),
  MAX_SPOOL_BYTES: z.coerce
    .number()
    .int()
    .min(65_536)
    .default(536_870_912)
    .describe('how much may wait there while ClickHouse is away'),
})

const secrets = z.object({
  CLICKHOUSE_URL: z.url().describe('http://user:password@host:port/database'),
  INTERNAL_SECRET: z.string().min(32).describe('signs what the gateway tells the apps behind it'),
})

export const schemas = { config, secrets }
export type Config = z.output<typeof config>
export type Secrets = z.output<typeof secrets>

export const readConfig = () => loadConfig('analytics', schemas)
