import type { Db } from '@aethex/shared/db'
import { emailKey } from './identity-keys.js'
import { hashDeviceSecret } from './proofs.js'
import { addDevice, addEmail } from './store.js'

/** Gives an account without an e-mail one, unverified. Throws the unique violation of the e-mail. */
export const addFirstAddress = (environmentId: string, tx: Db, playerId: string, email: string) =>
  addEmail(environmentId, tx, { playerId, email: email.trim(), emailKey: emailKey(email) })

/** False when the device already belongs to a player. */
export const linkDevice = (environmentId: string, db: Db, playerId: string, secret: string) =>
  addDevice(environmentId, db, hashDeviceSecret(secret), playerId)
