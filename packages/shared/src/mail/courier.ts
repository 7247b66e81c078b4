import { randomInt } from 'node:crypto'
import type { Vault } from '../auth/index.js'
import { type Db, statement } from '../db/index.js'
import type { Logger } from '../log/index.js'
import { type Mailer, type Message, Refused, sendWithinMs } from './mailer.js'
import { type Letter, openLetter } from './outbox.js'

/** A letter that waits, and when it was asked for (as PostgreSQL writes it, to the microsecond). */
export interface WaitingLetter extends Letter {
  id: string
  queuedAt: string
}

/** What a letter says. */
export interface Written extends Omit<Message, 'id' | 'to'> {
  /** Where it goes, when that is another spelling than it was asked with. */
  to?: string | undefined
  /** Not even the row that counts for the hourly limit stays. */
  forget?: boolean
}

/** Writes a letter; undefined when there is nobody, or no more reason, to tell. */
export type Writer = (letter: WaitingLetter) => Promise<Written | undefined>

export interface CourierParts {
  db: Db
  vault: Vault
  mailer: Pick<Mailer, 'send'>
  write: Writer
  log: Logger
  /** How long a courier has a letter to itself; after that it counts as dead. */
  leaseSeconds?: number
}

interface Row {
  id: string
  template: string
  sealed: Buffer | null
  attempts: number
  queued_at: string
}

// At 15 minutes between the later ones, these attempts take about half a day.
const attempts = 60
const firstDelaySeconds = 5
const longestDelaySeconds = 900
const atOnce = 5
const roundMs = 20_000
/** Longer than sending may take, so that no second courier takes a letter that is being sent. */
const leaseSeconds = (2 * sendWithinMs) / 1_000

const claim = statement<Row>(
  'mail.claim',
  `WITH due AS MATERIALIZED (
     SELECT id FROM mail_outbox WHERE due_at <= now() AND sent_at IS NULL AND failed_at IS NULL
     ORDER BY due_at LIMIT ${atOnce} FOR UPDATE SKIP LOCKED)
   UPDATE mail_outbox o SET attempts = o.attempts + 1, due_at = now() + make_interval(secs => $1)
   FROM due WHERE o.id = due.id
   RETURNING o.id, o.template, o.sealed, o.attempts, o.created_at::text AS queued_at`,
)
// Never due again: the rows that count for the hourly limit are not in the way of those that wait.
const markSent = statement<never>(
  'mail.mark_sent',
  `UPDATE mail_outbox SET sent_at = now(), sealed = NULL, due_at = 'infinity' WHERE id = $1`,
)
const forget = statement<never>('mail.forget', 'DELETE FROM mail_outbox WHERE id = $1')
const giveUp = statement<never>(
  'mail.give_up',
  `UPDATE mail_outbox SET failed_at = now(), due_at = 'infinity' WHERE id = $1 AND sent_at IS NULL`,
)
const postpone = statement<never>(
  'mail.postpone',
  `UPDATE mail_outbox SET due_at = now() + make_interval(secs => $2) WHERE id = $1 AND sent_at IS NULL`,
)

/** Seconds until the next attempt: doubling, and between half and all of it so that letters spread out. */
export function delayAfter(attempt: number): number {
  const full = Math.min(longestDelaySeconds, firstDelaySeconds * 2 ** (attempt - 1))
  return full * (0.5 + randomInt(1_000) / 2_000)
}

const textOf = (error: unknown, name: string) => {
  const value = error instanceof Error && name in error ? Object(error)[name] : undefined
  return typeof value === 'string' || typeof value === 'number' ? value : undefined
}

/** What may be logged of a failure: a server's own words may repeat the address. */
const outlineOf = (error: unknown) => ({
  error: error instanceof Error ? error.name : typeof error,
  code: textOf(error, 'code'),
  response_code: textOf(error instanceof Refused ? error.cause : error, 'responseCode'),
})

async function failed({ db, log }: CourierParts, row: Row, error: unknown): Promise<void> {
  const facts = { letter: row.id, template: row.template, attempts: row.attempts }
  if (error instanceof Refused || row.attempts >= attempts) {
    await db.one(giveUp, [row.id])
    log.warn({ ...facts, ...outlineOf(error) }, 'a letter was given up')
    return
  }
  const seconds = delayAfter(row.attempts)
  await db.one(postpone, [row.id, seconds])
  log.warn({ ...facts, ...outlineOf(error), next_in_seconds: seconds }, 'a letter waits')
}

function readRow(vault: Vault, { id, sealed, queued_at: queuedAt }: Row): WaitingLetter {
  try {
    if (sealed === null) throw new Error('it is empty')
    return { ...openLetter(vault, sealed), id, queuedAt }
  } catch (error) {
    throw new Refused('the letter cannot be read', { cause: error })
  }
}

async function deliver(parts: CourierParts, row: Row): Promise<void> {
  let written: Written | undefined
  try {
    const letter = readRow(parts.vault, row)
    written = await parts.write(letter)
    if (written !== undefined) {
      await parts.mailer.send({ ...written, id: row.id, to: written.to ?? letter.to })
    }
  } catch (error) {
    return failed(parts, row, error)
  }
  // Failing here means a second copy after the lease, with the same Message-Id.
  await parts.db.one(written?.forget === true ? forget : markSent, [row.id])
}

/**
 * Sends every letter that is due, each at least once; answers how many it tried. Any number of couriers may run:
 * a letter is taken by one of them for the time of its lease, and a courier that died leaves it to the others.
 */
export async function deliverDue(parts: CourierParts): Promise<number> {
  const until = performance.now() + roundMs
  let tried = 0
  while (performance.now() < until) {
    const rows = await parts.db.all(claim, [parts.leaseSeconds ?? leaseSeconds])
    if (rows.length === 0) break
    await Promise.all(rows.map(row => deliver(parts, row)))
    tried += rows.length
  }
  return tried
}
