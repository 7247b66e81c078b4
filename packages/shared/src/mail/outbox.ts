import { v7 as uuidv7 } from 'uuid'
import type { Vault } from '../auth/index.js'
import { type Db, statement } from '../db/index.js'

/** A letter to one address. What it says comes from its template; `values` fill that in. */
export interface Letter {
  /** Whose branding and templates; null for letters of the platform itself. */
  environmentId: string | null
  to: string
  /** `verify_email`, `reset_password`, `invitation` … */
  template: string
  /** A BCP 47 tag; English when there is no such translation. */
  locale?: string
  values: Readonly<Record<string, string>>
}

export interface MailOutbox {
  /**
   * Puts a letter on its way, in the transaction of the change it tells of. False when the address
   * has had as many of this template in the last hour as anybody may cause: then nothing is sent.
   */
  queue(tx: Db, letter: Letter): Promise<boolean>
}

/** Sealed with this purpose, because letters carry codes. */
export const letterPurpose = 'letters'

const perHour = 3

const insert = statement<{ id: string }>(
  'mail.insert',
  `INSERT INTO mail_outbox (id, environment_id, recipient_key, template, sealed)
   SELECT $1, $2, $3, $4, $5 WHERE (
     SELECT count(*) FROM mail_outbox
     WHERE recipient_key = $3 AND template = $4 AND environment_id IS NOT DISTINCT FROM $2::uuid
       AND created_at > now() - interval '1 hour') < ${perHour}
   RETURNING id`,
)
// Two requests for one address take turns, so that both count the other.
const takeTurn = statement<never>(
  'mail.take_turn',
  'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
)

export function openMailOutbox(vault: Vault): MailOutbox {
  return {
    queue: (db, letter) =>
      db.transaction(async tx => {
        const recipient = letter.to.trim().normalize('NFKC').toLowerCase()
        await tx.one(takeTurn, [`mail ${letter.template} ${recipient}`])
        const row = await tx.one(insert, [
          uuidv7(),
          letter.environmentId,
          recipient,
          letter.template,
          vault.seal(letterPurpose, JSON.stringify(letter)),
        ])
        return row !== undefined
      }),
  }
}
