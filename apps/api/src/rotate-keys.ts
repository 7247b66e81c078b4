import { createLog } from '@aethex/shared/log'
import { rotateKeysOnce } from './app.js'
import { readRotationConfig } from './config.js'

// An operator's tool, with the environment of the API: `node dist/rotate-keys.js`, or with `--at-once true` when the
// key has leaked.
const { config, secrets } = readRotationConfig()
const log = createLog('rotate-keys', config.LOG_LEVEL)
const kid = await rotateKeysOnce(secrets, { atOnce: config.AT_ONCE }, log)
log.info({ kid }, kid === undefined ? 'a new key is on its way already' : 'made a new key')
