import { recipientKey } from '@aethex/shared/mail'
import type { PlayerData } from '../../gateway/player-data.js'
import { emailKey, removePendingOf } from '../auth/service.js'
import { eraseAddress, eraseLetters, findAddress, listCodes, listLetters } from './data-store.js'

export const playerData: PlayerData = {
  name: 'emails',
  tables: ['player_email', 'player_code'],
  async *exportFor({ db }, environmentId, playerId) {
    const address = await findAddress(environmentId, db, playerId)
    if (address !== undefined) yield { name: 'address.json', content: address }
    const codes = await listCodes(environmentId, db, playerId)
    if (codes.length > 0) yield { name: 'codes.json', content: codes }
    if (address === undefined) return
    const letters = await listLetters(environmentId, db, recipientKey(address.email))
    if (letters.length > 0) yield { name: 'letters.json', content: letters }
  },
  // The letters are found by the address, so it goes last; one transaction makes both happen.
  eraseFor: ({ db }, environmentId, playerId) =>
    db.transaction(async tx => {
      const address = await findAddress(environmentId, tx, playerId)
      const erased =
        address === undefined
          ? { mail_outbox: 0, pending_registration: 0 }
          : {
              mail_outbox: await eraseLetters(environmentId, tx, recipientKey(address.email)),
              pending_registration: await removePendingOf(
                environmentId,
                tx,
                emailKey(address.email),
              ),
            }
      return { ...erased, ...(await eraseAddress(environmentId, tx, playerId)) }
    }),
}
