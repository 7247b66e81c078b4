import { type Db, statement } from '../db/index.js'
import { isOwned, type Owner, ownerValues } from './owner.js'

/** Wrong codes that an account may have within a window. */
export const guesses = { name: 'second-factor', quota: 5, windowSeconds: 900 }

export interface TotpRow {
  sealed_secret: Buffer
  confirmed_at: Date | null
  guesses_since: Date
}

/** Where the authenticator app and the recovery codes of one kind of account are kept. */
export type FactorRows = ReturnType<typeof factorRows>

/**
 * The statements over a pair of tables. `owner` names their key columns; every function takes the values of
 * these as its first argument. Players and members have the same columns in tables of their own.
 */
export function factorRows(tables: { totp: string; codes: string; owner: readonly string[] }) {
  const { totp, codes, owner: columns } = tables
  const owned = isOwned(columns)
  const values = ownerValues(columns)
  const keys = columns.join(', ')
  const next = (offset: number) => `$${columns.length + offset}`

  const find = statement<TotpRow>(
    `${totp}.find`,
    `SELECT sealed_secret, confirmed_at, guesses_since FROM ${totp} WHERE ${owned}`,
  )
  const enrol = statement<{ done: number }>(
    `${totp}.enrol`,
    `INSERT INTO ${totp} AS t (${keys}, sealed_secret, created_at, guesses_since)
     VALUES (${values}, ${next(1)}, ${next(2)}, ${next(2)})
     ON CONFLICT (${keys}) DO UPDATE SET sealed_secret = excluded.sealed_secret, created_at = excluded.created_at
     WHERE t.confirmed_at IS NULL RETURNING 1 AS done`,
  )
  // The secret that was judged must still be the one in the row.
  const confirm = statement<{ done: number }>(
    `${totp}.confirm`,
    `UPDATE ${totp} SET confirmed_at = ${next(1)}, last_step = ${next(2)}
     WHERE ${owned} AND sealed_secret = ${next(3)} AND confirmed_at IS NULL RETURNING 1 AS done`,
  )
  const spendStep = statement<{ done: number }>(
    `${totp}.spend_step`,
    `UPDATE ${totp} SET last_step = ${next(1)}
     WHERE ${owned} AND confirmed_at IS NOT NULL AND last_step < ${next(1)} RETURNING 1 AS done`,
  )
  // One statement takes the unit and judges the budget: of a hundred at once no more pass than there are units.
  const takeGuess = statement<{ done: number }>(
    `${totp}.take_guess`,
    `UPDATE ${totp} SET
       guesses = CASE WHEN guesses_since > ${next(1)} THEN guesses + 1 ELSE 1 END,
       guesses_since = CASE WHEN guesses_since > ${next(1)} THEN guesses_since ELSE ${next(2)} END
     WHERE ${owned} AND (guesses_since <= ${next(1)} OR guesses < ${guesses.quota}) RETURNING 1 AS done`,
  )
  const giveGuessBack = statement<never>(
    `${totp}.give_guess_back`,
    `UPDATE ${totp} SET guesses = greatest(guesses - 1, 0) WHERE ${owned}`,
  )
  const spendCode = statement<{ done: number }>(
    `${codes}.spend`,
    `UPDATE ${codes} SET used_at = ${next(2)}
     WHERE ${owned} AND code_hash = ${next(1)} AND used_at IS NULL RETURNING 1 AS done`,
  )
  const countCodes = statement<{ unused: number }>(
    `${codes}.count`,
    `SELECT count(*) AS unused FROM ${codes} WHERE ${owned} AND used_at IS NULL`,
  )
  const insertCodes = statement<never>(
    `${codes}.insert`,
    `INSERT INTO ${codes} (${keys}, code_hash) SELECT ${values}, unnest(${next(1)}::bytea[])`,
  )
  const dropCodes = statement<{ done: number }>(
    `${codes}.drop`,
    `DELETE FROM ${codes} WHERE ${owned} RETURNING 1 AS done`,
  )
  const drop = statement<{ done: number }>(
    `${totp}.drop`,
    `DELETE FROM ${totp} WHERE ${owned} RETURNING 1 AS done`,
  )

  return {
    find: (owner: Owner, db: Db) => db.one(find, [...owner]),
    /** False when a confirmed one is there. */
    enrol: async (owner: Owner, tx: Db, sealedSecret: Buffer, now: Date) =>
      (await tx.one(enrol, [...owner, sealedSecret, now])) !== undefined,
    /** False when the enrolment has been replaced or confirmed meanwhile. */
    confirm: async (
      owner: Owner,
      tx: Db,
      judged: { sealedSecret: Buffer; step: number; now: Date },
    ) =>
      (await tx.one(confirm, [...owner, judged.now, judged.step, judged.sealedSecret])) !==
      undefined,
    /** False when this step, or a later one, was accepted before. */
    spendStep: async (owner: Owner, tx: Db, step: number) =>
      (await tx.one(spendStep, [...owner, step])) !== undefined,
    /** False when the window has no guess left. */
    takeGuess: async (owner: Owner, db: Db, now: Date) => {
      const windowStart = new Date(now.getTime() - guesses.windowSeconds * 1_000)
      return (await db.one(takeGuess, [...owner, windowStart, now])) !== undefined
    },
    giveGuessBack: (owner: Owner, tx: Db) => tx.one(giveGuessBack, [...owner]),
    /** Of any number at once exactly one gets true. */
    spendCode: async (owner: Owner, tx: Db, hash: Buffer, now: Date) =>
      (await tx.one(spendCode, [...owner, hash, now])) !== undefined,
    countCodes: async (owner: Owner, db: Db) => (await db.one(countCodes, [...owner]))?.unused ?? 0,
    replaceCodes: async (owner: Owner, tx: Db, hashes: readonly Buffer[]) => {
      await tx.all(dropCodes, [...owner])
      await tx.one(insertCodes, [...owner, hashes])
    },
    /** Answers how many rows there were. */
    drop: async (owner: Owner, tx: Db) => ({
      [codes]: (await tx.all(dropCodes, [...owner])).length,
      [totp]: (await tx.all(drop, [...owner])).length,
    }),
  }
}
