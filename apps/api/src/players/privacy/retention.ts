import { audit } from '@aethex/shared/audit'
import type { Db } from '@aethex/shared/db'
import { decodeCursor, pageOf } from '@aethex/shared/http'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { Ctx, Parts } from '../../gateway/context.js'
import { readSetting } from '../../studio/settings/service.js'
import { forgetAnswersBefore, rememberedMs } from '../age/service.js'
import { forgetWaitingBefore } from '../newcomers/service.js'
import { forgetUnanswered } from './parental-store.js'
import {
  addProof,
  type FoundAccount,
  findDue,
  findIdleGuests,
  findInactive,
  findUnconsented,
  forgetEmail,
  forgetSessions,
  listProofs,
  markOnce,
  markRequested,
  type RetentionRule,
  unmarkReturned,
} from './retention-store.js'
import { retention } from './settings.js'

/** What a round of retention works with. */
export type RetentionParts = Pick<Parts, 'db' | 'mail' | 'now'>

/** How an account is handed to the erasure, which forgets it in every store. */
export interface Eraser {
  /** In the transaction that proves it; answers the sessions that it ended, or undefined when it was closed before. */
  request(
    environmentId: string,
    tx: Db,
    playerId: string,
    reason: string,
  ): Promise<readonly string[] | undefined>
  /** After the commit. */
  done(ended: readonly string[]): void
}

interface Round {
  parts: RetentionParts
  environmentId: string
  now: Date
  before(days: number): Date
}

const dayMs = 86_400_000
// Of each rule in one round; the next one goes on.
const accountsAtOnce = 500
// A registration whose letter nobody answered: as long as the registration itself is kept.
const newcomerDays = 7
const sessionsAtOnce = 5_000

/** Writes down that so many of something are gone; nothing when there were none. */
async function prove(
  { environmentId, now }: Round,
  tx: Db,
  rule: RetentionRule,
  what: string,
  count: number,
): Promise<void> {
  if (count === 0) return
  await addProof(environmentId, tx, { id: uuidv7(), rule, what, count, ran_at: now })
  await audit(tx, {
    environmentId,
    actor: { kind: 'job', id: 'retention' },
    action: 'privacy.retention',
    details: { rule, what, count },
    requestId: 'job',
  })
}

/** Deletes and proves it, both or neither. */
const deleteAndProve = (
  round: Round,
  rule: RetentionRule,
  what: string,
  deleteSome: (tx: Db) => Promise<number>,
) => round.parts.db.transaction(async tx => prove(round, tx, rule, what, await deleteSome(tx)))

/** Tells an account without visitors that its time runs out. Of two rounds at once one writes the letter. */
async function warn(round: Round, account: FoundAccount, graceDays: number): Promise<void> {
  const { parts, environmentId, now } = round
  const dueAt = new Date(now.getTime() + graceDays * dayMs)
  await parts.db.transaction(async tx => {
    const mark = { rule: 'inactive_accounts' as const, markedAt: now, dueAt }
    const isMarked = await markOnce(environmentId, tx, account.player_id, mark)
    if (!isMarked || account.email === null) return
    await parts.mail.queue(tx, {
      environmentId,
      to: account.email,
      template: 'inactive_account',
      ...(account.locale === null ? {} : { locale: account.locale }),
      values: { username: account.username, time: dueAt.toISOString() },
    })
  })
}

/** A child's address goes; so does the account when nothing else leads into it. */
async function forgetUnconsented(round: Round, days: number): Promise<void> {
  const { parts, environmentId, now } = round
  const time = { before: round.before(days), now }
  const found = await findUnconsented(environmentId, parts.db, time, accountsAtOnce)
  const mark = { rule: 'child_unconsented' as const, markedAt: now, dueAt: now }
  for (const { player_id, has_other_way } of found) {
    if (!has_other_way) await markOnce(environmentId, parts.db, player_id, mark)
  }
  await deleteAndProve(round, 'child_unconsented', 'player_emails', async tx => {
    for (const { player_id } of found) await forgetEmail(environmentId, tx, player_id)
    return found.length
  })
}

const reasons: Partial<Record<RetentionRule, string>> = {
  inactive_accounts: 'inactive for too long',
  guests: 'a guest nobody played as for too long',
  child_unconsented: 'no parental consent in time',
}

async function eraseDue(round: Round, eraser: Eraser): Promise<void> {
  const { parts, environmentId, now } = round
  for (const { player_id, rule } of await findDue(environmentId, parts.db, now, accountsAtOnce)) {
    const ended = await parts.db.transaction(async tx => {
      const reason = reasons[rule] ?? rule
      const sessions = await eraser.request(environmentId, tx, player_id, reason)
      await markRequested(environmentId, tx, player_id, now)
      if (sessions !== undefined) await prove(round, tx, rule, 'accounts', 1)
      return sessions ?? []
    })
    eraser.done(ended)
  }
}

/**
 * Applies an environment's schedule once: deletes what is over its time, warns and marks accounts, and hands those
 * whose time is up to the erasure. Each deletion leaves a proof that names nobody. May run twice at once.
 */
export async function applyRetention(
  parts: RetentionParts,
  environmentId: string,
  eraser: Eraser,
): Promise<void> {
  const schedule = await readSetting(environmentId, parts.db, retention)
  const now = parts.now()
  const before = (days: number) => new Date(now.getTime() - days * dayMs)
  const round: Round = { parts, environmentId, now, before }
  const { inactive_accounts_days, guests_days, sessions_days, child_unconsented_days } = schedule
  await deleteAndProve(round, 'sessions', 'sessions', tx =>
    forgetSessions(environmentId, tx, before(sessions_days), sessionsAtOnce),
  )
  await deleteAndProve(round, 'age_answers', 'device_answers', tx =>
    forgetAnswersBefore(environmentId, tx, new Date(now.getTime() - rememberedMs)),
  )
  await deleteAndProve(round, 'child_unconsented', 'parent_addresses', tx =>
    forgetUnanswered(environmentId, tx, before(child_unconsented_days)),
  )
  await deleteAndProve(round, 'newcomers', 'unfinished_registrations', tx =>
    forgetWaitingBefore(environmentId, tx, before(newcomerDays)),
  )
  await forgetUnconsented(round, child_unconsented_days)
  await unmarkReturned(environmentId, parts.db)
  if (inactive_accounts_days !== null) {
    const since = before(inactive_accounts_days)
    for (const account of await findInactive(environmentId, parts.db, since, accountsAtOnce)) {
      await warn(round, account, schedule.grace_days)
    }
  }
  if (guests_days !== null) {
    const since = before(guests_days)
    const mark = { rule: 'guests' as const, markedAt: now, dueAt: now }
    for (const guest of await findIdleGuests(environmentId, parts.db, since, accountsAtOnce)) {
      await markOnce(environmentId, parts.db, guest.player_id, mark)
    }
  }
  await eraseDue(round, eraser)
}

/** What was deleted by which rule, the newest first. */
export async function listRetentionProofs(
  ctx: Ctx,
  environmentId: string,
  page: { limit: number; cursor?: string | undefined },
) {
  const before = page.cursor === undefined ? undefined : decodeCursor(z.uuid(), page.cursor)
  const rows = await listProofs(environmentId, ctx.db, before, page.limit + 1)
  return pageOf(
    rows,
    page.limit,
    row => ({ ...row, ran_at: row.ran_at.toISOString() }),
    row => row.id,
  )
}
