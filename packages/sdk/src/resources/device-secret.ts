import type { Lock } from '../core/lock.js'
import type { Store } from '../core/storage.js'
import { mintSecret } from '../core/uuid.js'

/** The secret of 256 bits that this device is known by, made once and kept in the storage. */
export const createDeviceSecret = (store: Store, lock: Lock) => () =>
  lock('device', async () => {
    const secret = store.read('device') ?? mintSecret()
    store.write('device', secret)
    return secret
  })
