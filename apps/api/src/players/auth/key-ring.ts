import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import type { KeyRing, Vault } from '@aethex/shared/auth'
import type { Db } from '@aethex/shared/db'
import type { Closable } from '@aethex/shared/lifecycle'
import type { Logger } from '@aethex/shared/log'
import { ensureSigningKey, signingKeyPurpose } from './key-rotation.js'
import { listKeys, type StoredKey } from './key-store.js'

export { rotateByDatabaseTime } from './key-rotation.js'

interface KeyRingParts {
  db: Db
  vault: Vault
  now: () => Date
}

/** A key as it is held in memory. */
interface HeldKey {
  kid: string
  publicKey: KeyObject
  privateKey: KeyObject
  signsFrom: Date
  verifiesUntil: Date | null
}

export interface LiveKeyRing extends KeyRing, Closable {}

const halfAMinuteMs = 30_000

/** Opens the keys that sign access tokens, and keeps up with their rotation; the very first process makes one. */
export async function openKeyRing(
  { db, vault, now }: KeyRingParts,
  log: Logger,
  everyMs = halfAMinuteMs,
): Promise<LiveKeyRing> {
  let held: readonly HeldKey[] = []

  const hold = (stored: StoredKey): HeldKey => {
    const known = held.find(({ kid }) => kid === stored.kid)
    const pem = known === undefined ? vault.unseal(signingKeyPurpose, stored.sealed_private) : ''
    return {
      kid: stored.kid,
      publicKey: known?.publicKey ?? createPublicKey({ key: stored.public_jwk, format: 'jwk' }),
      privateKey: known?.privateKey ?? createPrivateKey(pem),
      signsFrom: stored.signs_from,
      verifiesUntil: stored.verifies_until,
    }
  }
  const reload = async () => {
    held = (await listKeys(db)).map(hold)
  }

  await reload()
  if (held.length === 0) {
    await ensureSigningKey({ db, vault, now })
    await reload()
  }
  const timer = setInterval(() => {
    reload().catch(error => log.warn({ err: error }, 'signing keys cannot be read'))
  }, everyMs)
  timer.unref()

  const isOver = ({ verifiesUntil }: HeldKey, at: Date) =>
    verifiesUntil !== null && verifiesUntil <= at

  return {
    signing: () => {
      const at = now()
      // The latest that may sign; when clocks disagree about the first key, that one.
      const key = held.find(one => one.signsFrom <= at && !isOver(one, at)) ?? held.at(-1)
      if (key === undefined) throw new Error('there is no signing key')
      return key
    },
    find: kid => {
      const key = held.find(candidate => candidate.kid === kid)
      return key === undefined || isOver(key, now()) ? undefined : key.publicKey
    },
    close: async () => clearInterval(timer),
  }
}
