import { createHash } from 'node:crypto'
import { type Db, statement } from '@aethex/shared/db'
import type { StepContent } from './schema.js'

export interface StepRow {
  from_version: number
  revision: number
  source: string
  hash: Buffer
  note: string
  applied_at: Date | null
  created_at: Date
}

/** A revision, of which the newest may say that the step was taken away. */
type RevisionRow = Omit<StepRow, 'source' | 'hash'> & { source: string | null; hash: Buffer | null }

const columns = 'from_version, revision, source, hash, note, applied_at, created_at'
const newestFirst = 'ORDER BY from_version, revision DESC'

const takeTurn = statement<never>(
  'save_formats.take_turn',
  'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
)
const newest = statement<RevisionRow>(
  'save_formats.newest',
  `SELECT ${columns} FROM save_format_step WHERE environment_id = $1 AND from_version = $2
   ORDER BY revision DESC LIMIT 1`,
)
const one = statement<RevisionRow>(
  'save_formats.revision',
  `SELECT ${columns} FROM save_format_step
   WHERE environment_id = $1 AND from_version = $2 AND revision = $3`,
)
const between = statement<StepRow>(
  'save_formats.between',
  `SELECT * FROM (SELECT DISTINCT ON (from_version) ${columns} FROM save_format_step
     WHERE environment_id = $1 AND from_version >= $2 AND from_version < $3 ${newestFirst}) newest
   WHERE source IS NOT NULL ORDER BY from_version`,
)
const chosen = statement<StepRow>(
  'save_formats.chosen',
  `SELECT ${columns} FROM save_format_step
   JOIN unnest($2::int[], $3::int[]) AS c (chosen_from, chosen_revision)
     ON from_version = chosen_from AND revision = chosen_revision
   WHERE environment_id = $1 AND source IS NOT NULL ORDER BY from_version`,
)
const insert = statement<RevisionRow>(
  'save_formats.insert',
  `INSERT INTO save_format_step (environment_id, from_version, revision, source, hash, note)
   SELECT $1, $2, coalesce(max(revision), 0) + 1, $3, $4, $5 FROM save_format_step
   WHERE environment_id = $1 AND from_version = $2
   RETURNING ${columns}`,
)
const forgetOld = statement<never>(
  'save_formats.forget_old',
  `DELETE FROM save_format_step WHERE environment_id = $1 AND from_version = $2 AND revision <= $3
     AND applied_at IS NULL`,
)
const mark = statement<never>(
  'save_formats.mark_applied',
  `UPDATE save_format_step SET applied_at = $4
   FROM unnest($2::int[], $3::int[]) AS c (chosen_from, chosen_revision)
   WHERE environment_id = $1 AND from_version = chosen_from AND revision = chosen_revision
     AND applied_at IS NULL`,
)

const hasSource = (row: RevisionRow): row is StepRow => row.source !== null && row.hash !== null

/** One writer of an environment's formats at a time, until the transaction ends. */
export const takeFormatTurn = (environmentId: string, tx: Db) =>
  tx.one(takeTurn, [`save formats ${environmentId}`])

/** The step that holds now. */
export async function findStep(environmentId: string, db: Db, fromVersion: number) {
  const row = await db.one(newest, [environmentId, fromVersion])
  return row !== undefined && hasSource(row) ? row : undefined
}

export async function findRevision(
  environmentId: string,
  db: Db,
  fromVersion: number,
  revision: number,
) {
  const row = await db.one(one, [environmentId, fromVersion, revision])
  return row !== undefined && hasSource(row) ? row : undefined
}

/** The steps that hold now and begin at `from` or later, but before `to`. */
export const listSteps = (environmentId: string, db: Db, from = 0, to = 2 ** 31 - 1) =>
  db.all(between, [environmentId, from, to])

/** A revision of a step. */
export interface StepRef {
  from_version: number
  revision: number
}

const refsOf = (refs: readonly StepRef[]) => [
  refs.map(({ from_version }) => from_version),
  refs.map(({ revision }) => revision),
]

/** These very revisions; those that are gone are missing. */
export const listRevisions = (environmentId: string, db: Db, refs: readonly StepRef[]) =>
  db.all(chosen, [environmentId, ...refsOf(refs)])

// Enough to look back at; what a save was made by stays for good.
const keptUnapplied = 20

/** Adds a revision; without content the step is taken away by it. */
export async function addRevision(
  environmentId: string,
  tx: Db,
  fromVersion: number,
  content: StepContent | undefined,
): Promise<RevisionRow> {
  const { source = null, note = '' } = content ?? {}
  const hash = source === null ? null : createHash('sha256').update(source).digest()
  const row = await tx.one(insert, [environmentId, fromVersion, source, hash, note])
  if (row === undefined) throw new Error('the revision was not inserted')
  await tx.one(forgetOld, [environmentId, fromVersion, row.revision - keptUnapplied])
  return row
}

/** Remembers when saves were first changed by these revisions. */
export const markApplied = (environmentId: string, db: Db, refs: readonly StepRef[], now: Date) =>
  db.one(mark, [environmentId, ...refsOf(refs), now])
