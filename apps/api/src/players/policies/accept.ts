import type { Db } from '@aethex/shared/db'
import { Problem } from '@aethex/shared/errors'
import { type Ctx, environmentOf, playerOf } from '../../gateway/context.js'
import { networkOf } from '../../gateway/network-of.js'
import { readSetting } from '../../studio/settings/service.js'
import { inLanguage, ofVersion, toPolicy } from './documents.js'
import { acceptanceRequired, pendingOf } from './in-force.js'
import type { AcceptedPolicy } from './schema.js'
import { enforcement } from './settings.js'
import {
  type AcceptanceRow,
  addAcceptance,
  type DocumentRow,
  type InForceRow,
  listAcceptances,
  listDocuments,
  listInForce,
} from './store.js'

function outdated(inForce: readonly InForceRow[], flaw: { pointer: string; reason: string }) {
  return new Problem('policy_outdated', {
    errors: [flaw],
    extensions: { current: inForce.map(({ kind, version }) => ({ kind, version })) },
  })
}

function seenDocument(
  inForce: readonly InForceRow[],
  documents: readonly DocumentRow[],
  accepted: AcceptedPolicy,
  { pointer, locale }: { pointer: string; locale: string | undefined },
): DocumentRow {
  const candidates = ofVersion(documents, accepted)
  const { hash } = accepted
  const matching =
    hash === undefined
      ? candidates
      : candidates.filter(({ content_hash }) => content_hash.toString('hex') === hash)
  const document = inLanguage(matching, locale)
  if (document !== undefined) return document
  throw candidates.length > 0
    ? outdated(inForce, {
        pointer: `${pointer}/hash`,
        reason: 'is not that of the version in force',
      })
    : outdated(inForce, { pointer: `${pointer}/version`, reason: 'is not the one in force' })
}

/** That somebody accepts something, with the proof of it. */
export type AcceptanceProof = AcceptanceRow & {
  network: string | null
  device_name: string | null
}

/** What of the versions in force somebody accepts, as it is kept. Throws `policy_outdated` for any other. */
async function judge(
  ctx: Ctx,
  db: Db,
  given: { accepted: readonly AcceptedPolicy[]; locale: string | undefined; pointer: string },
): Promise<{ inForce: InForceRow[]; proofs: AcceptanceProof[] }> {
  const environmentId = environmentOf(ctx)
  const now = ctx.now()
  const inForce = await listInForce(environmentId, db, now)
  const documents = await listDocuments(environmentId, db, inForce)
  const proofs = given.accepted.map((accepted, index) => {
    const place = { pointer: `${given.pointer}/${index}`, locale: given.locale }
    const { kind, version, locale, content_hash } = seenDocument(
      inForce,
      documents,
      accepted,
      place,
    )
    return {
      kind,
      version,
      locale,
      content_hash,
      accepted_at: now,
      network: networkOf(ctx.address),
      device_name: ctx.deviceName,
    }
  })
  return { inForce, proofs }
}

export async function keepAcceptances(
  environmentId: string,
  tx: Db,
  playerId: string,
  proofs: readonly AcceptanceProof[],
): Promise<void> {
  for (const proof of proofs) await addAcceptance(environmentId, tx, playerId, proof)
}

const toAcceptance = ({ content_hash, accepted_at, ...row }: AcceptanceRow) => ({
  ...row,
  hash: content_hash.toString('hex'),
  accepted_at: accepted_at.toISOString(),
})

/** Takes the player's acceptance. Accepting twice is no error: the first time is what counts. */
export async function acceptPolicies(
  ctx: Ctx,
  accepted: readonly AcceptedPolicy[],
  locale: string | undefined,
) {
  const { environmentId, playerId } = playerOf(ctx)
  return ctx.db.transaction(async tx => {
    const { inForce, proofs } = await judge(ctx, tx, { accepted, locale, pointer: '/accepted' })
    await keepAcceptances(environmentId, tx, playerId, proofs)
    const required = inForce.filter(row => row.requires_acceptance)
    const pending = await pendingOf(environmentId, tx, playerId, required)
    const rows = await listAcceptances(environmentId, tx, playerId)
    const isNamed = (row: { kind: string; version: number }) =>
      accepted.some(({ kind, version }) => kind === row.kind && version === row.version)
    return {
      accepted: rows.filter(isNamed).map(toAcceptance),
      pending: pending.map(({ kind, version }) => ({ kind, version })),
    }
  })
}

/**
 * Judges what a registration accepts, before there is a player. Throws `policy_outdated`, and
 * `policy_acceptance_required` when the studio requires more.
 */
export async function judgeAcceptances(
  ctx: Ctx,
  accepted: readonly AcceptedPolicy[],
): Promise<AcceptanceProof[]> {
  const given = { accepted, locale: undefined, pointer: '/policies' }
  const { inForce, proofs } = await judge(ctx, ctx.db, given)
  const { mode } = await readSetting(environmentOf(ctx), ctx.db, enforcement)
  const isAccepted = ({ kind }: InForceRow) => proofs.some(proof => proof.kind === kind)
  const missing = inForce.filter(row => row.requires_acceptance && !isAccepted(row))
  if (mode === 'required' && missing.length > 0) throw acceptanceRequired(missing)
  return proofs
}

/** What the player has yet to accept, in their language. */
export async function listPending(ctx: Ctx, locale: string | undefined) {
  const { environmentId, playerId } = playerOf(ctx)
  const { mode } = await readSetting(environmentId, ctx.db, enforcement)
  const inForce = await listInForce(environmentId, ctx.db, ctx.now())
  const required = inForce.filter(row => row.requires_acceptance)
  const pending = await pendingOf(environmentId, ctx.db, playerId, required)
  const documents = await listDocuments(environmentId, ctx.db, pending)
  return { enforcement: mode, items: pending.map(row => toPolicy(row, documents, locale)) }
}
