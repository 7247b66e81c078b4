import { createHash, randomBytes } from 'node:crypto'
import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import type { Ctx, Parts } from '../../gateway/context.js'
import {
  addCode,
  type CodePurpose,
  type CodeRow,
  dropCodes,
  findCode,
  useCode,
} from './code-store.js'

// OWASP Forgot Password Cheat Sheet: short-lived, single use. Who verifies an address may be away from the desk.
const minutes: Record<CodePurpose, number> = {
  verify_email: 60,
  change_email: 60,
  reset_password: 30,
}

const templates: Record<CodePurpose, string> = {
  verify_email: 'member_verify_email',
  change_email: 'member_verify_email',
  reset_password: 'member_reset_password',
}

const bytes = 24

/** 192 random bits, as they stand in a letter. */
export const mintCode = () => randomBytes(bytes).toString('base64url')

/** What is stored of a code: it cannot be searched, so a plain hash is enough. */
export const hashCode = (code: string): Buffer => createHash('sha256').update(code).digest()

/** Sends a code to `email`. False when that address has had its letters for this hour. */
export async function sendCode(
  { mail, now }: Parts,
  tx: Db,
  member: { id: string; name: string },
  purpose: CodePurpose,
  email: string,
): Promise<boolean> {
  const code = mintCode()
  const sent = await mail.queue(tx, {
    environmentId: null,
    to: email,
    template: templates[purpose],
    values: { code, name: member.name, minutes: String(minutes[purpose]) },
  })
  if (!sent) return false
  const expiresAt = new Date(now().getTime() + minutes[purpose] * 60_000)
  await addCode(tx, { hash: hashCode(code), member_id: member.id, purpose, email, expiresAt })
  return true
}

/** What a code stands for, without using it up. Throws `code_invalid`, whatever is wrong with it. */
export async function peekCode(ctx: Ctx, code: string, ...purposes: CodePurpose[]) {
  const found = await findCode(ctx.db, hashCode(code), purposes, ctx.now())
  if (found === undefined) throw new Problem('code_invalid')
  return found
}

/** Uses a code, and with it every other one of its purpose. Throws `code_invalid`. */
export async function redeemCode(
  ctx: Ctx,
  tx: Db,
  code: string,
  ...purposes: CodePurpose[]
): Promise<CodeRow> {
  const used = await useCode(tx, hashCode(code), purposes, ctx.now())
  if (used === undefined) throw new Problem('code_invalid')
  await dropCodes(tx, used.member_id, [used.purpose])
  return used
}
