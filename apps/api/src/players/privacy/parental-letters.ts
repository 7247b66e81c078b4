import type { Parts } from '../../gateway/context.js'
import { addParentToken } from './parental-answer.js'
import { addressPurpose, parentPage } from './parental-codes.js'
import { findChild, listDueLetters, lockDueLetter, markLetterSent } from './parental-store.js'

/** What the second letters need. */
export type LetterParts = Pick<Parts, 'db' | 'mail' | 'now' | 'publicUrl' | 'vault'>

/**
 * Sends the second letters that are due in an environment: they confirm what a parent allowed, and carry the way to
 * look after it and to take it back. Of two processes at once one sends each.
 */
export async function sendConfirmations(parts: LetterParts, environmentId: string): Promise<void> {
  const now = parts.now()
  for (const id of await listDueLetters(environmentId, parts.db, now)) {
    await parts.db.transaction(async tx => {
      const row = await lockDueLetter(environmentId, tx, id)
      if (row?.parent_email == null) return
      const child = await findChild(environmentId, tx, row.player_id)
      if (child === undefined) return
      const token = await addParentToken(parts, tx, row)
      const isQueued = await parts.mail.queue(tx, {
        environmentId,
        to: parts.vault.unseal(addressPurpose, row.parent_email),
        template: 'parental_consent_confirmed',
        ...(row.locale === null ? {} : { locale: row.locale }),
        values: { username: child.username, link: parentPage(parts.publicUrl, token) },
      })
      if (isQueued) await markLetterSent(environmentId, tx, id, now)
    })
  }
}
