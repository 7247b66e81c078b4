import { deriveKey, seal, unseal } from '../auth/index.js'
import { type MasterKeys, UnknownMasterKey, type WrapContext, WrapRefused } from './master-keys.js'

/** Ids of this kind are ours; all others belong to a KMS. */
export const localPrefix = 'local:'

const keyBytes = 32

/**
 * Reads 32-byte keys in base64, parted by commas or line ends; empty lines and lines after a # do not count.
 * Throws for anything else, without repeating it: it may be a key with a slip of the pen.
 */
export function readMasterKeys(text: string): Buffer[] {
  const entries = text
    .split(/[\n,]/)
    .map(entry => entry.trim())
    .filter(entry => entry !== '' && !entry.startsWith('#'))
  if (entries.length === 0) throw new Error('there is no key')
  return entries.map((entry, index) => {
    const key = Buffer.from(entry, 'base64')
    if (/^[A-Za-z0-9+/_-]+=*$/.test(entry) && key.length === keyBytes) return key
    throw new Error(`key ${index + 1} is not ${keyBytes} bytes in base64`)
  })
}

/** Tells keys apart without telling anything of them. */
export const fingerprint = (key: Uint8Array) =>
  `${localPrefix}${deriveKey(key, 'fingerprint').subarray(0, 12).toString('base64url')}`

const associated = ({ environmentId, keyId }: WrapContext) =>
  Buffer.from(`data key/${environmentId}/${keyId}`)

/** Keys by their fingerprints, the current one first. */
export type Ring = ReadonlyMap<string, Uint8Array>

export const ringOf = (keys: readonly Uint8Array[]): Ring =>
  new Map(keys.map(key => [fingerprint(key), key]))

/** AES-256-GCM under keys that this process holds; environment and key number are associated data. */
export function localMasterKeys(readRing: () => Promise<Ring>): MasterKeys {
  const current = async () => {
    const [first] = await readRing()
    if (first === undefined) throw new Error('there is no master key')
    return first
  }
  return {
    currentId: async () => (await current())[0],
    wrap: async (plain, context) => {
      const [masterKeyId, key] = await current()
      return { masterKeyId, wrapped: seal(key, plain, associated(context)) }
    },
    unwrap: async (masterKeyId, wrapped, context) => {
      if (!masterKeyId.startsWith(localPrefix)) throw new UnknownMasterKey(masterKeyId)
      const key = (await readRing()).get(masterKeyId)
      if (key === undefined) throw new UnknownMasterKey(masterKeyId)
      try {
        return unseal(key, wrapped, associated(context))
      } catch (error) {
        throw new WrapRefused('a wrapped key was altered or moved', { cause: error })
      }
    },
    close: async () => undefined,
  }
}

/** Keys from the environment: the first wraps, all unwrap. */
export function listedMasterKeys(keys: readonly Uint8Array[]): MasterKeys {
  const ring = ringOf(keys)
  return localMasterKeys(async () => ring)
}
