import { type Db, statement } from '@aethex/shared/db'
import type { Month } from '@aethex/shared/tiers'
import { v7 as uuidv7 } from 'uuid'
import { dayOf } from './months.js'

export type EntryKind =
  | 'subscription_changed'
  | 'contract_written'
  | 'spend_cap_changed'
  | 'overage'
  | 'invoice'
  | 'payment'
  | 'payment_failed'

export interface EntryRow {
  id: string
  kind: EntryKind
  month: string | null
  amount_minor: number
  currency: string
  details: Record<string, unknown>
  created_at: Date
}

const columns = `id, kind, to_char(month, 'YYYY-MM') AS month, amount_minor, currency, details, created_at`

const add = statement<{ id: string }>(
  'billing.add_entry',
  `INSERT INTO billing_ledger (organization_id, id, kind, month, amount_minor, currency, details, entry_key, created_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (organization_id, entry_key) DO NOTHING RETURNING id`,
)
const list = statement<EntryRow>(
  'billing.entries',
  `SELECT ${columns} FROM billing_ledger WHERE organization_id = $1 AND ($2::uuid IS NULL OR id < $2)
   ORDER BY id DESC LIMIT $3`,
)
const agreedBefore = statement<EntryRow>(
  'billing.entries_before',
  `SELECT ${columns} FROM billing_ledger WHERE organization_id = $1 AND kind = ANY($2) AND created_at < $3
   ORDER BY created_at, id`,
)
const withEntries = statement<{ organization_id: string }>(
  'billing.organizations_with_entries',
  `SELECT DISTINCT organization_id FROM billing_ledger WHERE ($1::uuid IS NULL OR organization_id > $1)
   ORDER BY organization_id LIMIT $2`,
)

export interface NewEntry {
  kind: EntryKind
  month?: Month
  amountMinor: number
  currency: string
  details: Readonly<Record<string, unknown>>
  /** An entry of the same key is there already: this one changes nothing. By default every entry is its own. */
  key?: string
  at: Date
}

/** Adds an entry. False when it was there. */
export async function addEntry(organizationId: string, tx: Db, entry: NewEntry): Promise<boolean> {
  const id = uuidv7()
  const row = await tx.one(add, [
    organizationId,
    id,
    entry.kind,
    entry.month === undefined ? null : dayOf(entry.month.from),
    entry.amountMinor,
    entry.currency,
    JSON.stringify(entry.details),
    entry.key ?? id,
    entry.at,
  ])
  return row !== undefined
}

/** Newest first, before the entry `before`. */
export const listEntries = (
  organizationId: string,
  db: Db,
  before: string | undefined,
  limit: number,
) => db.all(list, [organizationId, before ?? null, limit])

/** The entries of some kinds before a moment, oldest first. */
export const listEntriesBefore = (
  organizationId: string,
  db: Db,
  kinds: readonly EntryKind[],
  at: Date,
) => db.all(agreedBefore, [organizationId, kinds, at])

/** Organisations about whose money anything happened, by id, after `after`. */
export const listOwing = async (after: string | undefined, db: Db, limit: number) =>
  (await db.all(withEntries, [after ?? null, limit])).map(row => row.organization_id)
