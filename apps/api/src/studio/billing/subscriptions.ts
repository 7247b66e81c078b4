import { audit } from '@aethex/shared/audit'
import type { Db } from '@aethex/shared/db'
import { notFound, Problem } from '@aethex/shared/errors'
import { type Overrides, type TierName, tiers } from '@aethex/shared/tiers'
import { v7 as uuidv7 } from 'uuid'
import { auditActorOf, type Ctx, type Parts } from '../../gateway/context.js'
import { entitlementsOf } from './entitlements.js'
import { settleOverage } from './invoices.js'
import { addEntry, type EntryKind } from './ledger-store.js'
import {
  addContractRow,
  findSubscription,
  isOrganization,
  lockSubscription,
  type SubscriptionRow,
  takeTurn,
  writeSubscription,
} from './subscription-store.js'

/** What an organisation without a row has. */
const unwritten: SubscriptionRow = {
  tier: 'free',
  status: 'active',
  since: new Date(0),
  provider: 'ledger',
  provider_customer_id: null,
  provider_subscription_id: null,
}

/** Who changes something, as the audit log names them. */
export interface Changer {
  actor: { kind: string; id?: string }
  action: string
  requestId: string
  now: Date
}

/**
 * Writes down what an organisation has from now on, in ledger and audit log too. Nothing of its data is touched:
 * what lies beyond the limits of a lower tier stays, and only growing is refused.
 */
export async function applySubscription(
  tx: Db,
  organizationId: string,
  change: Partial<Omit<SubscriptionRow, 'since'>>,
  by: Changer,
  kind: EntryKind = 'subscription_changed',
): Promise<void> {
  await takeTurn(organizationId, tx, 'subscription')
  const before = (await lockSubscription(organizationId, tx)) ?? unwritten
  const after = { ...before, ...change }
  await settleOverage(organizationId, tx, by.now)
  const since = after.tier === before.tier && before.since.getTime() > 0 ? before.since : by.now
  await writeSubscription(organizationId, tx, { ...after, since }, by.now)
  const { priceMinor } = await entitlementsOf(organizationId, tx, by.now)
  const details = { tier: after.tier, status: after.status, provider: after.provider }
  await addEntry(organizationId, tx, {
    kind,
    amountMinor: 0,
    currency: tiers[after.tier].currency,
    details: { ...details, from: before.tier, price_minor: priceMinor },
    at: by.now,
  })
  await audit(tx, {
    organizationId,
    actor: by.actor,
    action: by.action,
    target: organizationId,
    details: { ...details, from: before.tier },
    requestId: by.requestId,
  })
}

/** What an organisation has, and what that lets it use. */
export async function readSubscription({ db, now }: Ctx, organizationId: string) {
  const agreement = await entitlementsOf(organizationId, db, now())
  const row = await findSubscription(organizationId, db)
  const { contract, limits, features, tier } = agreement
  return {
    subscription: {
      tier,
      status: row?.status ?? ('active' as const),
      since: row?.since.toISOString() ?? null,
      provider: row?.provider ?? 'ledger',
      price_minor: agreement.priceMinor,
      currency: tiers[tier].currency,
      limits,
      features,
      contract:
        contract === undefined
          ? null
          : {
              valid_from: contract.validFrom.toISOString(),
              valid_until: contract.validUntil?.toISOString() ?? null,
            },
    },
  }
}

/** Nobody is to pay on for what has ended. Throws `unavailable` when the payment provider cannot be told. */
async function cancelPaid({ payments }: Pick<Parts, 'payments'>, row: SubscriptionRow) {
  const { provider, provider_subscription_id: paid } = row
  if (paid !== null && provider === payments.provider) await payments.cancel(paid)
}

/**
 * Ends what an organisation pays for, in the transaction that deletes it: what was used is settled, from now on nothing
 * is owed, and the payment provider is told. Throws `unavailable` when it cannot be.
 */
export async function endSubscription(
  parts: Pick<Parts, 'payments' | 'now'>,
  organizationId: string,
  tx: Db,
): Promise<void> {
  await takeTurn(organizationId, tx, 'subscription')
  const row = await lockSubscription(organizationId, tx)
  if (row === undefined) return
  const at = parts.now()
  await settleOverage(organizationId, tx, at)
  await addEntry(organizationId, tx, {
    kind: 'subscription_changed',
    amountMinor: 0,
    currency: tiers.free.currency,
    // A contract goes with the organisation: its price is owed no longer than the tier's.
    details: {
      tier: 'free',
      status: 'ended',
      provider: row.provider,
      from: row.tier,
      price_minor: 0,
    },
    at,
  })
  await cancelPaid(parts, row)
}

/**
 * Changes the tier at once, up or down. Throws `checkout_required` where a provider wants to be paid first, and
 * `forbidden` to who has a contract.
 */
export async function changeTier(ctx: Ctx, organizationId: string, tier: 'free' | 'pro') {
  const { db, payments, now } = ctx
  const row = (await findSubscription(organizationId, db)) ?? unwritten
  if (row.tier === 'enterprise') {
    throw new Problem('forbidden', {
      detail: 'What a contract says is changed by those who run the platform.',
    })
  }
  if (tier !== row.tier) {
    if (tier !== 'free' && payments.provider !== 'ledger') {
      throw new Problem('checkout_required', {
        extensions: { checkout: `/api/v1/studio/organizations/${organizationId}/checkout` },
      })
    }
    await cancelPaid(ctx, row)
    const by = {
      actor: auditActorOf(ctx),
      action: 'billing.change_tier',
      requestId: ctx.requestId,
      now: now(),
    }
    await db.transaction(tx =>
      applySubscription(tx, organizationId, { tier, status: 'active' }, by),
    )
    ctx.usage.forget()
  }
  return readSubscription(ctx, organizationId)
}

export interface ContractTerms {
  tier: TierName
  overrides: Overrides
  priceMinor: number | null
  validFrom: Date
  validUntil: Date | null
  /** Who of the platform's people writes it, and why. */
  writtenBy: string
  reason: string
}

/**
 * Writes a contract with an organisation: a tier, and what holds beside it. Not reachable over the network: the
 * platform's people run `write-contract` where they reach the database.
 */
export async function writeContract(
  { db, now }: Pick<Parts, 'db' | 'now'>,
  organizationId: string,
  terms: ContractTerms,
): Promise<{ id: string }> {
  const id = uuidv7()
  const { tier, writtenBy, ...rest } = terms
  await db.transaction(async tx => {
    if (!(await isOrganization(organizationId, tx))) throw notFound()
    await settleOverage(organizationId, tx, now())
    await addContractRow(organizationId, tx, { id, ...rest, writtenBy, createdAt: now() })
    const by = {
      actor: { kind: 'operator', id: writtenBy },
      action: 'billing.write_contract',
      requestId: `contract ${id}`,
      now: now(),
    }
    await applySubscription(tx, organizationId, { tier }, by, 'contract_written')
  })
  return { id }
}
