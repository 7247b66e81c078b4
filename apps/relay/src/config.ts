import { common, list, loadConfig, port } from '@aethex/shared/config'
import { z } from 'zod'

const config = z.object({
  ...common,
  PORT: port().default(8082).describe('where players dial'),
  PUBLIC_URL: z
    .url({ protocol: /^wss?$/ })
    .optional()
    .describe(
      'where players reach this node: ws:// or wss://; without it the address it listens on',
    ),
  ALLOWED_ORIGINS: list()
    .default(['http://localhost:*', 'http://127.0.0.1:*'])
    .describe('web origins that may open sockets, exact or with any port'),
})

const secrets = z.object({
  REDIS_URL: z.url().describe('Redis'),
})

export const schemas = { config, secrets }
export type Config = z.output<typeof config>
export type Secrets = z.output<typeof secrets>

export const readConfig = () => loadConfig('relay', schemas)
