import { audit } from '@aethex/shared/audit'
import { notFound, Problem } from '@aethex/shared/errors'
import { Refused, type WaitingLetter, type Written } from '@aethex/shared/mail'
import { auditActorOf, type Ctx, memberOf, type Parts } from '../../gateway/context.js'
import { findMember } from '../../studio/members/service.js'
import { emailKey } from '../auth/service.js'
import { settleErrand } from '../emails/service.js'
import { brandOf } from './branding.js'
import { isLetter, letterCalled, type PlayerLetter } from './catalogue.js'
import { composeLetter } from './compose.js'
import { findReaderLocale } from './store.js'

export { type Brand, brandOf } from './branding.js'

/** Writes a letter of the outbox in its reader's language; undefined when there is nobody to tell. */
export async function writeLetter(
  parts: Pick<Parts, 'db' | 'publicUrl'>,
  letter: WaitingLetter,
): Promise<Written | undefined> {
  const settled = await settleErrand(parts, letter)
  if (settled === undefined) return undefined
  const { template, values, to = letter.to } = settled
  if (!isLetter(template)) throw new Refused('there is no such template')
  const { environmentId, locale } = letter
  const branded = await brandOf(environmentId, parts.db)
  if (branded === undefined) return undefined
  const chosen =
    environmentId === null
      ? undefined
      : await findReaderLocale(environmentId, parts.db, emailKey(to))
  return {
    ...composeLetter({
      ...branded,
      template,
      environmentId,
      locales: [chosen, locale],
      values,
      publicUrl: parts.publicUrl,
    }),
    to,
  }
}

/** The samples of the catalogue, links below our own address. */
const samplesOf = (template: PlayerLetter, publicUrl: string) =>
  Object.fromEntries(
    Object.entries(letterCalled(template).values).map(([name, { kind, sample }]) => [
      name,
      kind === 'link' ? publicUrl + sample : sample,
    ]),
  )

/**
 * A letter as players would get it, with sample values where none are given. Throws `invalid_request` for a value that
 * the letter does not have or cannot take.
 */
export async function previewLetter(
  ctx: Ctx,
  environmentId: string,
  input: {
    template: PlayerLetter
    locale: string
    values?: Readonly<Record<string, string>> | undefined
  },
) {
  const { template, locale, values = {} } = input
  const { publicUrl } = ctx
  const samples = samplesOf(template, publicUrl)
  const refuse = (pointer: string, reason: string) =>
    new Problem('invalid_request', {
      detail: `${pointer}: ${reason}`,
      errors: [{ pointer, reason }],
    })
  const unknown = Object.keys(values).find(name => !Object.hasOwn(samples, name))
  if (unknown !== undefined) throw refuse(`/values/${unknown}`, 'is no value of this letter')
  const branded = await brandOf(environmentId, ctx.db)
  if (branded === undefined) throw notFound()
  try {
    const { subject, text, html } = composeLetter({
      ...branded,
      template,
      environmentId,
      locales: [locale],
      values: { ...samples, ...values },
      publicUrl,
    })
    return { subject, text, html }
  } catch (error) {
    throw error instanceof Refused ? refuse('/values', error.message) : error
  }
}

/** Sends a letter with sample values to the asking member's own address. */
export async function sendTestLetter(
  ctx: Ctx,
  environmentId: string,
  { template, locale }: { template: PlayerLetter; locale: string },
) {
  const { memberId } = memberOf(ctx)
  const member = await findMember(ctx.db, memberId)
  if (member === undefined) throw new Problem('session_ended')
  const values = samplesOf(template, ctx.publicUrl)
  await ctx.db.transaction(async tx => {
    const sent = await ctx.mail.queue(tx, {
      environmentId,
      to: member.email,
      template,
      locale,
      values,
    })
    await audit(tx, {
      environmentId,
      actor: auditActorOf(ctx),
      action: 'mail.test',
      target: template,
      details: { locale, sent },
      requestId: ctx.requestId,
    })
  })
  return { status: 'check_your_mail' } as const
}
