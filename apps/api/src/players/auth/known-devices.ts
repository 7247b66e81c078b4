import { createHash, randomBytes } from 'node:crypto'
import type { Db } from '@aethex/shared/db'
import type { Ctx } from '../../gateway/context.js'
import { addKnownDevice, findKnownDevices, touchKnownDevice } from './known-device-store.js'

/** Carries the tokens that earlier sign-ins on this device answered. */
export const deviceTokenHeader = 'x-device-token'

const pattern = /^dt_[A-Za-z0-9_-]{32}$/

// 192 random bits: a plain hash cannot be searched.
const mint = () => `dt_${randomBytes(24).toString('base64url')}`

/** What is stored of a device token. */
export const hashDeviceToken = (token: string) => createHash('sha256').update(token).digest()

// A family shares a computer: each account on it has a token of its own, and the device sends all it has.
const mostTokens = 5

/** The device tokens among the headers, separated by commas; what is not one of ours counts as none. */
export function deviceTokensIn(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): string[] {
  const given = headers[deviceTokenHeader]
  if (typeof given !== 'string') return []
  const tokens = given.split(',', mostTokens).map(token => token.trim())
  return tokens.filter(token => pattern.test(token))
}

/** The one of these tokens that belongs to the player. */
export async function findOwnToken(
  environmentId: string,
  db: Db,
  playerId: string | undefined,
  tokens: readonly string[],
): Promise<string | undefined> {
  if (tokens.length === 0 || playerId === undefined) return undefined
  const known = await findKnownDevices(environmentId, db, playerId, tokens.map(hashDeviceToken))
  return tokens.find(token => known.some(hash => hash.equals(hashDeviceToken(token))))
}

/** Remembers that the player has signed in here, on the device that sent these tokens. Answers the token that the device keeps: its own, or a new one. */
export async function rememberDevice(
  ctx: Ctx,
  environmentId: string,
  db: Db,
  playerId: string,
  tokens: readonly string[] = [],
): Promise<string> {
  const now = ctx.now()
  const ownToken = await findOwnToken(environmentId, db, playerId, tokens)
  if (ownToken !== undefined) {
    const hash = hashDeviceToken(ownToken)
    if (await touchKnownDevice(environmentId, db, hash, playerId, now)) return ownToken
  }
  const fresh = mint()
  await addKnownDevice(environmentId, db, hashDeviceToken(fresh), playerId, now)
  return fresh
}
