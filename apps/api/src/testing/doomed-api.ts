import { createLog } from '@aethex/shared/log'
import { z } from 'zod'
import { startApi } from '../app.js'
import { schemas } from '../config.js'

// An API of its own process, with a clock of its own, that a test kills.
const Orders = z.object({ env: z.record(z.string(), z.string()), aheadMs: z.number() })

process.once('message', async message => {
  const { env, aheadMs } = Orders.parse(message)
  const [config, secrets] = [schemas.config.parse(env), schemas.secrets.parse(env)]
  const now = () => new Date(Date.now() + aheadMs)
  await startApi(config, secrets, createLog('api', 'silent'), { now })
  process.send?.('ready')
})
