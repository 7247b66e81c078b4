import { randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { type Db, violatedConstraint } from '../db/index.js'
import { notFound, unavailable } from '../errors/index.js'
import type { Logger } from '../log/index.js'
import { findDataKey, insertDataKey, newestDataKey, type StoredDataKey } from './data-key-rows.js'
import { type MasterKeys, WrapRefused, wrapSurely } from './master-keys.js'

export interface DataKey {
  /** Its number in the environment: kept beside what it has sealed. */
  id: number
  /** 32 bytes, shared by all callers: derive from it, never change it. */
  secret: Buffer
}

/**
 * The keys that an environment's data is sealed with (envelope encryption, NIST SP 800-57 part 1, 5.3.5). Keys that
 * were used lately lie in memory: those need neither PostgreSQL nor the KMS. Ask before a transaction is opened, not
 * within it: a key that is new to the process is read, or made, on a connection of its own.
 */
export interface DataKeys {
  /**
   * The key for what is written now; made at an environment's first use. Throws `unavailable` when it cannot be
   * unwrapped, `not_found` for an environment that does not exist.
   */
  current(environmentId: string): Promise<DataKey>
  /** The key that sealed what was written earlier. Throws `unavailable` when it cannot be unwrapped or is not there. */
  find(environmentId: string, keyId: number): Promise<DataKey>
}

interface DataKeysParts {
  db: Db
  masterKeys: MasterKeys
  log: Logger
  /** How soon writers learn of a newer key. */
  recheckMs?: number
  /** How many keys stay in memory. */
  remember?: number
}

export const dataKeyBytes = 32

interface Newest {
  key: DataKey
  readAt: number
}

export function openDataKeys({
  db,
  masterKeys,
  log,
  recheckMs = 60_000,
  remember = 10_000,
}: DataKeysParts): DataKeys {
  const held = new LRUCache<string, DataKey>({ max: remember })
  const newest = new LRUCache<string, Newest>({ max: remember })
  const underWay = new Map<string, Promise<DataKey>>()

  /** Many that want the same at once share one try. */
  function together(name: string, work: () => Promise<DataKey>): Promise<DataKey> {
    const known = underWay.get(name)
    if (known !== undefined) return known
    const started = work().finally(() => underWay.delete(name))
    underWay.set(name, started)
    return started
  }

  const alarm = (environmentId: string, keyId: number, err: unknown, text: string) => {
    log.error({ err, environment_id: environmentId, data_key: keyId }, text)
    return unavailable('data key', err)
  }

  async function unwrap(environmentId: string, row: StoredDataKey): Promise<Buffer> {
    const context = { environmentId, keyId: row.key_id }
    try {
      const secret = await masterKeys.unwrap(row.master_key_id, row.wrapped, context)
      if (secret.length === dataKeyBytes) return secret
      throw new WrapRefused(`it holds ${secret.length} bytes`)
    } catch (error) {
      const text =
        error instanceof WrapRefused
          ? 'alarm: a wrapped data key is not the one that was stored'
          : 'a data key cannot be unwrapped'
      throw alarm(environmentId, row.key_id, error, text)
    }
  }

  const nameOf = (environmentId: string, keyId: number) => `${environmentId}/${keyId}`

  const open = (environmentId: string, row: StoredDataKey): Promise<DataKey> => {
    const name = nameOf(environmentId, row.key_id)
    const known = held.get(name)
    if (known !== undefined) return Promise.resolve(known)
    return together(`${name}/unwrap`, async () => {
      const key = { id: row.key_id, secret: await unwrap(environmentId, row) }
      held.set(name, key)
      return key
    })
  }

  /** Stores a first key. Of many processes that make one, all use the one that is stored. */
  async function make(environmentId: string): Promise<StoredDataKey> {
    const secret = randomBytes(dataKeyBytes)
    const wrap = await wrapSurely(masterKeys, secret, { environmentId, keyId: 1 }).catch(error => {
      throw alarm(environmentId, 1, error, 'a data key cannot be wrapped')
    })
    try {
      await insertDataKey(environmentId, 1, wrap, db)
    } catch (error) {
      throw violatedConstraint(error) === undefined ? error : notFound()
    }
    const row = await newestDataKey(environmentId, db)
    if (row === undefined) throw notFound()
    return row
  }

  async function readNewest(environmentId: string, known: Newest | undefined): Promise<DataKey> {
    let key: DataKey
    try {
      const row = (await newestDataKey(environmentId, db)) ?? (await make(environmentId))
      key = await open(environmentId, row)
    } catch (error) {
      if (known === undefined) throw error
      log.warn({ err: error, environment_id: environmentId }, 'going on with the known data key')
      key = known.key
    }
    newest.set(environmentId, { key, readAt: performance.now() })
    return key
  }

  async function read(environmentId: string, keyId: number): Promise<DataKey> {
    const row = await findDataKey(environmentId, keyId, db)
    if (row !== undefined) return open(environmentId, row)
    throw alarm(environmentId, keyId, undefined, 'alarm: a data key that sealed something is gone')
  }

  return {
    current: id => {
      const environmentId = id.toLowerCase()
      const known = newest.get(environmentId)
      const isFresh = known !== undefined && performance.now() - known.readAt < recheckMs
      if (isFresh) return Promise.resolve(known.key)
      return together(`${environmentId}/newest`, () => readNewest(environmentId, known))
    },
    find: (id, keyId) => {
      const environmentId = id.toLowerCase()
      const name = nameOf(environmentId, keyId)
      const known = held.get(name)
      if (known !== undefined) return Promise.resolve(known)
      return together(`${name}/read`, () => read(environmentId, keyId))
    },
  }
}
