import { createLog } from '@aethex/shared/log'
import { rotateDataKeysOnce, rotateKeysOnce } from './app.js'
import { readRotationConfig } from './config.js'

// An operator's tool, with the environment of the API: `node dist/rotate-keys.js`, or with `--at-once true` when a
// signing key has leaked. `--only data-keys` leaves the signing keys alone; `--new-data-keys true` also makes new data
// keys. It may be run again at any time, and beside itself.
const { config, secrets } = readRotationConfig()
const log = createLog('rotate-keys', config.LOG_LEVEL)
if (config.ONLY !== 'data-keys') {
  const kid = await rotateKeysOnce(secrets, { atOnce: config.AT_ONCE }, log)
  log.info({ kid }, kid === undefined ? 'a new key is on its way already' : 'made a new key')
}
if (config.ONLY !== 'signing-keys') {
  const done = await rotateDataKeysOnce(config, secrets, log)
  if (done.left === 0) log.info(done, 'all data keys are wrapped under the current master key')
  else {
    log.error(done, 'some data keys are wrapped under another master key still')
    process.exitCode = 1
  }
}
