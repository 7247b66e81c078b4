import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
} from 'node:crypto'
import { deriveKey, type KeyRing, seal, unseal } from '@aethex/shared/auth'
import type { Database } from '@aethex/shared/db'
import { listKeys, type StoredKey, storeFirstKey } from './key-store.js'

function generate(sealingKey: Uint8Array) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
  const kid = randomUUID()
  return {
    kid,
    public_jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' },
    sealed_private: seal(sealingKey, Buffer.from(pem)),
  }
}

/** Opens the keys that sign access tokens; the very first process makes one. */
export async function openKeyRing(db: Database, masterKey: Uint8Array): Promise<KeyRing> {
  const sealingKey = deriveKey(masterKey, 'signing keys')
  let stored: StoredKey[] = await listKeys(db)
  if (stored.length === 0) {
    await storeFirstKey(db, generate(sealingKey))
    stored = await listKeys(db)
  }
  const [newest] = stored
  if (newest === undefined) throw new Error('there is no signing key')
  const privateKey = createPrivateKey(unseal(sealingKey, newest.sealed_private).toString())
  const publicKeys = new Map<string, KeyObject>(
    stored.map(key => [key.kid, createPublicKey({ key: key.public_jwk, format: 'jwk' })]),
  )
  return {
    signing: () => ({ kid: newest.kid, privateKey }),
    find: kid => publicKeys.get(kid),
  }
}
