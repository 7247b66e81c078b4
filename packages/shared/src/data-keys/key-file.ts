import { readFile } from 'node:fs/promises'
import { ConfigError } from '../config/index.js'
import type { Logger } from '../log/index.js'
import { localMasterKeys, type Ring, readMasterKeys, ringOf } from './local-keys.js'
import type { MasterKeys } from './master-keys.js'

/**
 * Keys from a file, the current one first. It is read at each use, which is rare, so that a change of it needs no
 * restart. While it is away or spoilt, what was last read holds. Throws `ConfigError` when it cannot be read at first.
 */
export async function fileMasterKeys(file: string, log: Logger): Promise<MasterKeys> {
  let text: string | undefined
  let ring: Ring = new Map()

  async function reread(): Promise<void> {
    const found = await readFile(file, 'utf8')
    if (found === text) return
    ring = ringOf(readMasterKeys(found))
    text = found
    log.info({ master_keys: [...ring.keys()] }, 'read the file of master keys')
  }

  await reread().catch(error => {
    throw new ConfigError(`DATA_MASTER_KEY_FILE: ${error.message}`)
  })
  return localMasterKeys(async () => {
    await reread().catch(error => {
      log.error({ err: error }, 'the file of master keys cannot be read: what was last read holds')
    })
    return ring
  })
}
