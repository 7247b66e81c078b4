import { createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { deriveKey, unseal } from '@aethex/shared/auth'
import type { SharedStack } from '@aethex/shared/testing'
import { z } from 'zod'
import { listKeys } from '../players/auth/key-store.js'
import { secretsOf } from './another-api.js'
import type { Stored } from './stored.js'

const base64url = (value: string | Uint8Array) => Buffer.from(value).toString('base64url')

/** A JWT taken apart. */
export function takeApart(token: string) {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const read = (part: string) =>
    z.record(z.string(), z.unknown()).parse(JSON.parse(Buffer.from(part, 'base64url').toString()))
  return { header: read(header), payload: read(payload), signature, signed: `${header}.${payload}` }
}

/** Signs whatever it is told with the platform's own key: what a token says must be judged, not only who signed. */
export type Forger = (header: unknown, payload: unknown) => string

const asText = (part: unknown) => (typeof part === 'string' ? part : JSON.stringify(part))

/** Header and payload are JSON values, or their JSON texts. */
export function forgerWith(key: KeyObject): Forger {
  return (header, payload) => {
    const signed = `${base64url(asText(header))}.${base64url(asText(payload))}`
    const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
    return `${signed}.${base64url(signature)}`
  }
}

/** The key that signs the tokens of a stack. */
export async function signingKeyOf(stack: SharedStack, { db }: Stored): Promise<KeyObject> {
  const [newest] = await listKeys(db)
  if (newest === undefined) throw new Error('the stack has no signing key')
  const masterKey = Buffer.from(secretsOf(stack).master_key, 'base64')
  return createPrivateKey(
    unseal(deriveKey(masterKey, 'signing keys'), newest.sealed_private).toString(),
  )
}
