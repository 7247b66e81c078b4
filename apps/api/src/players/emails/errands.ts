import type { WaitingLetter } from '@aethex/shared/mail'
import type { Parts } from '../../gateway/context.js'
import { emailKey, hashCode, isPendingCode } from '../auth/service.js'
import { activateCode, type CodePurpose, findOwnerOf } from './store.js'

// OWASP Forgot Password Cheat Sheet: short-lived. Who proves an address may look at their mail tomorrow.
const minutes: Record<CodePurpose, number> = {
  reset_password: 30,
  verify_email: 1_440,
  change_email: 1_440,
}

/** A letter whose reader is known by now. */
export interface SettledLetter {
  template: string
  to?: string
  values: Readonly<Record<string, string>>
}

type PlayerLetter = WaitingLetter & { environmentId: string }

interface Grant {
  purpose: CodePurpose
  playerId: string
  payload: object
}

/** Makes the code in a letter good; false when it must not be any more. */
const activate = (
  { db }: Pick<Parts, 'db'>,
  { environmentId, queuedAt, values }: PlayerLetter,
  grant: Grant,
) =>
  activateCode(environmentId, db, {
    ...grant,
    hash: hashCode(values.code ?? ''),
    askedAt: queuedAt,
    minutes: minutes[grant.purpose],
  })

/** A reset goes to the owner of the address, if there is one. */
async function settleReset(
  parts: Pick<Parts, 'db'>,
  letter: PlayerLetter,
): Promise<SettledLetter | undefined> {
  const key = emailKey(letter.to)
  const owner = await findOwnerOf(letter.environmentId, parts.db, key)
  if (owner === undefined) return undefined
  const { player_id: playerId, username, email: to } = owner
  const grant = { purpose: 'reset_password', playerId, payload: { email_key: key } } as const
  if (!(await activate(parts, letter, grant))) return undefined
  return { template: letter.template, to, values: { ...letter.values, username } }
}

/** A player asked to prove the address that they have. */
async function settleProof(
  parts: Pick<Parts, 'db'>,
  letter: PlayerLetter,
): Promise<SettledLetter | undefined> {
  const key = emailKey(letter.to)
  const owner = await findOwnerOf(letter.environmentId, parts.db, key)
  if (owner === undefined || owner.verified_at !== null) return undefined
  if (owner.player_id !== letter.values.player_id) return undefined
  const { player_id: playerId, username } = owner
  const grant = { purpose: 'verify_email', playerId, payload: { email_key: key } } as const
  if (!(await activate(parts, letter, grant))) return undefined
  return { template: letter.template, values: { ...letter.values, username } }
}

/** A player wants another address, which proves itself by this letter. */
async function settleChange(
  parts: Pick<Parts, 'db'>,
  letter: PlayerLetter,
): Promise<SettledLetter | undefined> {
  const { player_id: playerId = '' } = letter.values
  const payload = { email: letter.to, email_key: emailKey(letter.to) }
  if (!(await activate(parts, letter, { purpose: 'change_email', playerId, payload }))) {
    return undefined
  }
  return { template: letter.template, values: letter.values }
}

/** Somebody registered: the owner of an account with this address is told, anybody else is asked to prove it. */
async function settleRegistration(
  { db }: Pick<Parts, 'db'>,
  { environmentId, template, to, values }: PlayerLetter,
): Promise<SettledLetter | undefined> {
  if (!(await isPendingCode(environmentId, db, values.code ?? ''))) return undefined
  const owner = await findOwnerOf(environmentId, db, emailKey(to))
  if (owner === undefined) return { template, values }
  return { template: 'already_registered', to: owner.email, values: { username: owner.username } }
}

const errands: Readonly<Record<string, typeof settleReset | undefined>> = {
  registration: settleRegistration,
  verify_email: settleProof,
  change_email: settleChange,
  reset_password: settleReset,
}

/**
 * What the courier settles before a letter leaves: who reads it, and whether its code is good from now on. Done here
 * and not where the letter was asked for, so that asking costs the same whoever has an account. May run again.
 * Undefined when nothing is to be sent.
 */
export async function settleErrand(
  parts: Pick<Parts, 'db'>,
  letter: WaitingLetter,
): Promise<SettledLetter | undefined> {
  const { errand, environmentId } = letter
  if (errand === undefined) return letter
  const settle = errands[errand]
  if (settle === undefined || environmentId === null) {
    throw new Error('there is no such errand for a letter')
  }
  return settle(parts, { ...letter, environmentId })
}
