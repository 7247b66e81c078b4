import { createLog } from '@aethex/shared/log'
import { z } from 'zod'
import { startRelay } from '../../apps/relay/src/app.js'
import { schemas } from '../../apps/relay/src/config.js'
import { defaultTuning } from '../../apps/relay/src/tuning.js'
import { toldByParent } from '../baseline.js'

/** The relay as it is, but that one address may be a thousand players, who may say as much as they can. */

const { redisUrl, tickMs } = toldByParent(z.object({ redisUrl: z.string(), tickMs: z.int() }))
const given = { PORT: '0', NODE_ENV: 'production', REDIS_URL: redisUrl }
const relay = await startRelay(
  schemas.config.parse(given),
  schemas.secrets.parse(given),
  createLog('relay', 'silent'),
  {
    tuning: {
      ...defaultTuning,
      roomTickMs: tickMs,
      handshakesPerTenSeconds: 1_000_000,
      socketsPerAddress: 1_000_000,
      roomBytesPerSecond: 1e9,
      roomMessagesPerSecond: 1e9,
      messagesPerSecond: 1e9,
      messageBurst: 1e9,
    },
    kinds: [['functions', () => ({ onMessage: (_room, _member, data) => data })]],
  },
)
process.once('disconnect', () => process.exit())
process.send?.({ port: Number(new URL(relay.publicUrl).port) })
