import { runUntilSignal } from '@aethex/shared/lifecycle'
import { createLog } from '@aethex/shared/log'
import { startApi } from './app.js'
import { readConfig } from './config.js'

const { config, secrets } = readConfig()
const log = createLog('api', config.LOG_LEVEL)
log.info({ config }, 'starting')
await runUntilSignal(log, () => startApi(config, secrets, log))
