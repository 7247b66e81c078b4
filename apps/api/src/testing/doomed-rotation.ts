import { openMasterKeys, rewrapDataKeys } from '@aethex/shared/data-keys'
import { openDatabase } from '@aethex/shared/db'
import { z } from 'zod'
import { masterKey, quiet } from './key-stage.js'

// A rotation of its own process, killed when it is about to wrap one key more than it may.
const Orders = z.object({
  databaseUrl: z.string(),
  masterKeys: z.array(z.string()),
  batch: z.number(),
  wraps: z.number(),
})

process.once('message', async message => {
  const orders = Orders.parse(message)
  const listed = orders.masterKeys.map(key => Buffer.from(key, 'base64'))
  const masterKeys = await openMasterKeys({ masterKey, listed }, quiet)
  let wraps = 0
  await rewrapDataKeys({
    db: openDatabase(orders.databaseUrl, quiet, 2),
    masterKeys: {
      ...masterKeys,
      wrap: (plain, context) => {
        if (wraps++ >= orders.wraps) process.kill(process.pid, 'SIGKILL')
        return masterKeys.wrap(plain, context)
      },
    },
    log: quiet,
    batch: orders.batch,
  })
})
