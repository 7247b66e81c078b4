import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { Vault } from '../auth/index.js'
import { type Db, statement } from '../db/index.js'

const letterShape = z.object({
  environmentId: z.string().nullable(),
  to: z.string(),
  template: z.string(),
  locale: z.string().optional(),
  errand: z.string().optional(),
  values: z.record(z.string(), z.string()),
})

/** A letter to one address. What it says comes from its template; `values` fill that in. */
export interface Letter {
  /** Whose branding and templates; null for letters of the platform itself. */
  environmentId: string | null
  to: string
  /** `verify_email`, `reset_password`, `invitation` … */
  template: string
  /** A BCP 47 tag, for when the reader has chosen no language; English when there is no such translation. */
  locale?: string | undefined
  /**
   * What must be settled just before the letter leaves, such as making the code in it good. Whoever asks for the
   * letter then does the same work whether or not there is an account behind the address.
   */
  errand?: string | undefined
  values: Readonly<Record<string, string>>
}

export interface MailOutbox {
  /**
   * Puts a letter on its way, in the transaction of the change it tells of. False when the address
   * has had as many of this template in the last hour as anybody may cause: then nothing is sent.
   */
  queue(tx: Db, letter: Letter): Promise<boolean>
  /** Calls whenever a letter was queued in this process; its transaction may still be open. */
  onQueued(listener: () => void): void
}

/** Sealed with this purpose, because letters carry codes. */
const letterPurpose = 'letters'

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

/**
 * The letter box of an address, as the outbox counts: lower case, and without what follows a `+`, for all tags of an
 * address land with the same reader.
 */
export const recipientKey = (address: string) =>
  address
    .trim()
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\+[^@]*(?=@)/, '')

// An address that could end a header line, or name a second recipient, never becomes a letter.
const unsendable = /[\p{Cc}\p{Z}<>,;]/u

/** Opens what `queue` sealed; throws when it is not a letter. */
export const openLetter = (vault: Vault, sealed: Uint8Array): Letter =>
  letterShape.parse(JSON.parse(vault.unseal(letterPurpose, sealed)))

export function openMailOutbox(vault: Vault): MailOutbox {
  const listeners: (() => void)[] = []
  return {
    queue: async (db, letter) => {
      const to = letter.to.trim()
      if (unsendable.test(to)) throw new Error('this is no address that a letter can go to')
      const recipient = recipientKey(to)
      const row = await db.transaction(async tx => {
        await tx.one(takeTurn, [`mail ${letter.template} ${recipient}`])
        return tx.one(insert, [
          uuidv7(),
          letter.environmentId,
          recipient,
          letter.template,
          vault.seal(letterPurpose, JSON.stringify({ ...letter, to })),
        ])
      })
      if (row !== undefined) for (const listener of listeners) listener()
      return row !== undefined
    },
    onQueued: listener => void listeners.push(listener),
  }
}
