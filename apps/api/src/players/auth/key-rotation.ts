import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { audit } from '@aethex/shared/audit'
import { accessTtlSeconds, type Vault } from '@aethex/shared/auth'
import type { Db } from '@aethex/shared/db'
import { v7 as uuidv7 } from 'uuid'
import { databaseTime, type NewKey, retireKeys, storeKey } from './key-store.js'

/** The private halves are sealed in the vault under this purpose. */
export const signingKeyPurpose = 'signing keys'

/** Longer than three reloads, and than whoever caches the JWKS by its max-age: by then everybody has read of the key. */
const settleSeconds = 330
/** Tokens of the old key live as long; clocks may be two minutes apart. */
const graceSeconds = accessTtlSeconds + 240

interface RotationParts {
  db: Db
  vault: Vault
  now: () => Date
}

const later = (from: Date, seconds: number) => new Date(from.getTime() + seconds * 1_000)

function generate(vault: Vault, at: Date, signsFrom: Date): NewKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const kid = randomUUID()
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return {
    kid,
    publicJwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' },
    sealedPrivate: vault.seal(signingKeyPurpose, pem),
    at,
    signsFrom,
  }
}

const theBeginning = new Date(0)
const theEnd = new Date('9999-01-01')

/** Makes the first key, which signs at once. Nothing happens when there is one. */
export async function ensureSigningKey({ db, vault, now }: RotationParts): Promise<void> {
  const at = now()
  const first = generate(vault, at, at)
  await storeKey(db, first, { unlessAfter: theBeginning, othersUntil: at })
}

export interface RotationWish {
  /** Only when the newest key has signed for that long. */
  olderThanDays?: number
  /** For a key that has leaked: the new one signs now and the others verify nothing any more. Everybody signs in anew. */
  atOnce?: boolean
}

/**
 * Makes the next signing key. It is published at once, signs five and a half minutes later, and the one before it
 * verifies until the last of its tokens has expired. Of several processes that ask at once one makes a key.
 * Answers the new key's id; undefined when there was no need.
 */
export async function rotateSigningKey(
  { db, vault, now }: RotationParts,
  { olderThanDays = 0, atOnce = false }: RotationWish = {},
): Promise<string | undefined> {
  const at = now()
  const key = generate(vault, at, atOnce ? at : later(at, settleSeconds))
  return db.transaction(async tx => {
    const isNew = await storeKey(tx, key, {
      // A key that does not sign yet is new enough for anybody, but for who fears that all of them have leaked.
      unlessAfter: atOnce ? theEnd : later(at, -olderThanDays * 86_400),
      othersUntil: atOnce ? at : later(key.signsFrom, graceSeconds),
    })
    if (!isNew) return undefined
    await recordRotation(tx, 'signing_keys.rotate', key.kid)
    return key.kid
  })
}

/** Retires the keys whose grace is over: their tokens answer 401, and their private halves are destroyed. */
export const retireSigningKeys = ({ db, now }: Omit<RotationParts, 'vault'>): Promise<string[]> =>
  db.transaction(async tx => {
    const kids = await retireKeys(tx, now())
    for (const kid of kids) await recordRotation(tx, 'signing_keys.retire', kid)
    return kids
  })

/** The same by the clock of the database: keys are everybody's, and a process whose clock is off must not rotate them. */
export async function rotateByDatabaseTime(
  { db, vault }: Omit<RotationParts, 'now'>,
  wish: RotationWish = {},
): Promise<string | undefined> {
  const at = await databaseTime(db)
  const parts = { db, vault, now: () => at }
  const made = await rotateSigningKey(parts, wish)
  await retireSigningKeys(parts)
  return made
}

const recordRotation = (tx: Db, action: string, target: string) =>
  audit(tx, { actor: { kind: 'job' }, action, target, requestId: uuidv7() })
