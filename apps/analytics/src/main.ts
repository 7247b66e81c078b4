import { runUntilSignal } from '@aethex/shared/lifecycle'
import { createLog } from '@aethex/shared/log'
import { startAnalytics } from './app.js'
import { readConfig } from './config.js'

const { config, secrets } = readConfig()
const log = createLog('analytics', config.LOG_LEVEL)
log.info({ config }, 'starting')
await runUntilSignal(log, () => startAnalytics(config, secrets, log))
