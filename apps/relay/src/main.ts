import { runUntilSignal } from '@aethex/shared/lifecycle'
import { createLog } from '@aethex/shared/log'
import { startRelay } from './app.js'
import { readConfig } from './config.js'

const { config, secrets } = readConfig()
const log = createLog('relay', config.LOG_LEVEL)
await runUntilSignal(log, () => startRelay(config, secrets, log))
