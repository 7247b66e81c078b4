import type { Vault } from '../auth/index.js'
import type { Db } from '../db/index.js'
import { Problem } from '../errors/index.js'
import { overBudget } from '../limits/index.js'
import { type FactorRows, guesses, type TotpRow } from './factor-rows.js'
import type { Owner } from './owner.js'
import { hashRecoveryCode, mintRecoveryCodes } from './recovery-codes.js'
import { newTotp, stepOfCode } from './totp.js'

/** What a process has at hand for judging factors. */
export interface FactorParts {
  db: Db
  vault: Vault
  now: () => Date
}

/** Something that the account's owner has: the current code of the app, or one of the recovery codes. */
export interface FactorCode {
  code?: string | undefined
  recovery_code?: string | undefined
}

// What was sealed for one purpose cannot be opened for another.
const purpose = 'authenticator secrets'

/**
 * Draws a secret for an authenticator app; it counts once `confirmTotp` has seen a code of it. Until then
 * another enrolment replaces it. Throws `second_factor_on`.
 */
export async function enrolTotp(
  { vault, now }: FactorParts,
  rows: FactorRows,
  owner: Owner,
  tx: Db,
  names: { issuer: string; label: string },
) {
  const made = newTotp(names)
  const sealed = vault.seal(purpose, made.secret)
  if (!(await rows.enrol(owner, tx, sealed, now()))) throw new Problem('second_factor_on')
  return made
}

async function outOfGuesses(rows: FactorRows, owner: Owner, db: Db, now: Date): Promise<Problem> {
  const row = await rows.find(owner, db)
  if (row === undefined) return new Problem('second_factor_off')
  const age = (now.getTime() - row.guesses_since.getTime()) / 1_000
  const resetSeconds = Math.max(1, Math.ceil(guesses.windowSeconds - age))
  return overBudget({ budget: guesses, remaining: 0, resetSeconds })
}

/**
 * Judges one code. The guess is counted before, in PostgreSQL and for all processes, and given back when the code
 * was right: the count does not fall open with any other part.
 */
async function guessing<T>(
  { db, now }: FactorParts,
  rows: FactorRows,
  owner: Owner,
  judge: (tx: Db) => Promise<T>,
): Promise<T> {
  const at = now()
  if (!(await rows.takeGuess(owner, db, at))) throw await outOfGuesses(rows, owner, db, at)
  return db.transaction(async tx => {
    const answer = await judge(tx)
    await rows.giveGuessBack(owner, tx)
    return answer
  })
}

const stepIn = ({ vault, now }: FactorParts, row: TotpRow, code: string) =>
  stepOfCode(vault.unseal(purpose, row.sealed_secret), code, now())

async function isSpent(
  parts: FactorParts,
  rows: FactorRows,
  owner: Owner,
  tx: Db,
  { code, recovery_code }: FactorCode,
): Promise<boolean> {
  if (recovery_code !== undefined) {
    return rows.spendCode(owner, tx, hashRecoveryCode(owner, recovery_code), parts.now())
  }
  const row = await rows.find(owner, tx)
  if (row === undefined || row.confirmed_at === null || code === undefined) return false
  const step = stepIn(parts, row, code)
  return step !== undefined && rows.spendStep(owner, tx, step)
}

/**
 * Uses up a code, and runs `then` in the transaction in which it is spent: when that throws, the code is still good.
 * Throws `second_factor_invalid`, `second_factor_off`, or `rate_limited` after five wrong ones in a quarter of an hour.
 */
export const proveFactor = <T>(
  parts: FactorParts,
  rows: FactorRows,
  owner: Owner,
  proof: FactorCode,
  then: (tx: Db) => Promise<T>,
): Promise<T> =>
  guessing(parts, rows, owner, async tx => {
    if (!(await isSpent(parts, rows, owner, tx, proof))) throw new Problem('second_factor_invalid')
    return then(tx)
  })

/** Ten new recovery codes instead of those that are left. Only their hashes stay here. */
export async function renewRecoveryCodes(
  rows: FactorRows,
  owner: Owner,
  tx: Db,
): Promise<string[]> {
  const codes = mintRecoveryCodes()
  await rows.replaceCodes(
    owner,
    tx,
    codes.map(code => hashRecoveryCode(owner, code)),
  )
  return codes
}

/**
 * Puts an enrolled app in force with a first code of it, and answers the recovery codes.
 * Throws `second_factor_off` (none enrolled), `second_factor_on`, `second_factor_invalid`, `rate_limited`.
 */
export async function confirmTotp(
  parts: FactorParts,
  rows: FactorRows,
  owner: Owner,
  code: string,
  then: (tx: Db) => Promise<void>,
): Promise<string[]> {
  const row = await rows.find(owner, parts.db)
  if (row === undefined) throw new Problem('second_factor_off')
  if (row.confirmed_at !== null) throw new Problem('second_factor_on')
  return guessing(parts, rows, owner, async tx => {
    const step = stepIn(parts, row, code)
    if (step === undefined) throw new Problem('second_factor_invalid')
    const judged = { sealedSecret: row.sealed_secret, step, now: parts.now() }
    if (!(await rows.confirm(owner, tx, judged))) throw new Problem('second_factor_on')
    await then(tx)
    return renewRecoveryCodes(rows, owner, tx)
  })
}

/** What the owner sees of their factors. */
export async function describeFactors(rows: FactorRows, owner: Owner, db: Db) {
  const row = await rows.find(owner, db)
  const confirmedAt = row?.confirmed_at ?? null
  return {
    totp: { enabled: confirmedAt !== null, confirmed_at: confirmedAt?.toISOString() ?? null },
    recovery_codes_left: confirmedAt === null ? 0 : await rows.countCodes(owner, db),
  }
}
