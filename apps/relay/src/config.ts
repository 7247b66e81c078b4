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
  REGION: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .optional()
    .describe(
      'where this node stands, in the names of the regions of your matchmaking queues; rooms and players of a region are sent to its nodes',
    ),
  ALLOWED_ORIGINS: list()
    .default(['http://localhost:*', 'http://127.0.0.1:*'])
    .describe('web origins that may open sockets, exact or with any port'),
  DATA_CHANNELS: z
    .enum(['on', 'off'])
    .default('on')
    .describe(
      'whether clients may take states by WebRTC data channels, where the library is installed',
    ),
  DATA_CHANNEL_PORT: port()
    .optional()
    .describe('the one UDP port of all data channels; without it each takes a free one'),
  ROOM_KINDS: z
    .string()
    .optional()
    .describe(
      'an ES module of your own whose default export is an object of room kinds, each a function that makes the hooks of one room',
    ),
  ROOM_TICK_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(1_000)
    .optional()
    .describe('how often frames leave rooms, in milliseconds; 50 unless said, 0 is at once'),
})

const secrets = z.object({
  REDIS_URL: z.url().describe('Redis'),
})

export const schemas = { config, secrets }
export type Config = z.output<typeof config>
export type Secrets = z.output<typeof secrets>

export const readConfig = () => loadConfig('relay', schemas)
