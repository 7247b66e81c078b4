import { type Database, type Db, statement } from '@aethex/shared/db'
import type { TierName } from '@aethex/shared/tiers'

export interface SubscriptionRow {
  tier: TierName
  status: 'active' | 'past_due' | 'ended'
  since: Date
  provider: string
  provider_customer_id: string | null
  provider_subscription_id: string | null
}

export interface AgreedRow {
  tier: TierName | null
  overrides: unknown
  price_minor: number | null
  valid_from: Date | null
  valid_until: Date | null
}

export interface ContractRow {
  price_minor: number | null
  valid_from: Date
  valid_until: Date | null
  created_at: Date
}

const columns = 'tier, status, since, provider, provider_customer_id, provider_subscription_id'

const find = statement<SubscriptionRow>(
  'billing.subscription',
  `SELECT ${columns} FROM subscription WHERE organization_id = $1`,
)
const findLocked = statement<SubscriptionRow>(
  'billing.subscription_locked',
  `SELECT ${columns} FROM subscription WHERE organization_id = $1 FOR UPDATE`,
)
const write = statement<never>(
  'billing.write_subscription',
  `INSERT INTO subscription (organization_id, tier, status, since, provider, provider_customer_id,
     provider_subscription_id, updated_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
   ON CONFLICT (organization_id) DO UPDATE SET tier = excluded.tier, status = excluded.status,
     since = excluded.since, provider = excluded.provider, provider_customer_id = excluded.provider_customer_id,
     provider_subscription_id = excluded.provider_subscription_id, updated_at = excluded.updated_at`,
)
const ofCustomer = statement<{ organization_id: string }>(
  'billing.organization_of_customer',
  'SELECT organization_id FROM subscription WHERE provider_customer_id = $1',
)
// The tier, and the newest contract of those in force.
const agreed = statement<AgreedRow>(
  'billing.agreed',
  `SELECT s.tier, c.overrides, c.price_minor, c.valid_from, c.valid_until
   FROM organization o LEFT JOIN subscription s ON s.organization_id = o.id
   LEFT JOIN LATERAL (SELECT * FROM contract WHERE organization_id = o.id AND valid_from <= $2
     AND (valid_until IS NULL OR valid_until > $2) ORDER BY id DESC LIMIT 1) c ON true
   WHERE o.id = $1`,
)
const organizationOf = statement<{ organization_id: string }>(
  'billing.organization_of',
  `SELECT p.organization_id FROM environment e JOIN project p ON p.id = e.project_id WHERE e.id = $1`,
)
const turn = statement<never>(
  'billing.take_turn',
  'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
)
const addContract = statement<never>(
  'billing.add_contract',
  `INSERT INTO contract (organization_id, id, overrides, price_minor, valid_from, valid_until, written_by, reason,
     created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
)
const contracts = statement<ContractRow>(
  'billing.contracts',
  `SELECT price_minor, valid_from, valid_until, created_at FROM contract WHERE organization_id = $1
   ORDER BY id`,
)
const exists = statement<{ id: string }>(
  'billing.organization_exists',
  'SELECT id FROM organization WHERE id = $1',
)

export const findSubscription = (organizationId: string, db: Db) => db.one(find, [organizationId])

/** Holds the row, if there is one, until the transaction ends. */
export const lockSubscription = (organizationId: string, tx: Db) =>
  tx.one(findLocked, [organizationId])

export const writeSubscription = (
  organizationId: string,
  tx: Db,
  row: SubscriptionRow,
  now: Date,
) =>
  tx.one(write, [
    organizationId,
    row.tier,
    row.status,
    row.since,
    row.provider,
    row.provider_customer_id,
    row.provider_subscription_id,
    now,
  ])

/** Whose customer of the payment provider this is. */
export const findOrganizationOfCustomer = async (customerId: string, db: Db) =>
  (await db.one(ofCustomer, [customerId]))?.organization_id

/** Tier and contract; undefined for an organisation that does not exist. */
export const findAgreed = (organizationId: string, db: Db, now: Date) =>
  db.one(agreed, [organizationId, now])

export const findOrganizationOf = async (environmentId: string, db: Db) =>
  (await db.one(organizationOf, [environmentId]))?.organization_id

/** What is decided about an organisation's money or players is decided one after the other. */
export const takeTurn = (organizationId: string, tx: Db, about: string) =>
  tx.one(turn, [`billing ${about} ${organizationId}`])

export const isOrganization = async (organizationId: string, db: Db) =>
  (await db.one(exists, [organizationId])) !== undefined

export interface NewContract {
  id: string
  overrides: object
  priceMinor: number | null
  validFrom: Date
  validUntil: Date | null
  writtenBy: string
  reason: string
  createdAt: Date
}

export const addContractRow = (organizationId: string, tx: Db, contract: NewContract) =>
  tx.one(addContract, [
    organizationId,
    contract.id,
    JSON.stringify(contract.overrides),
    contract.priceMinor,
    contract.validFrom,
    contract.validUntil,
    contract.writtenBy,
    contract.reason,
    contract.createdAt,
  ])

/** The contracts with an organisation, as they were written. */
export const listContracts = (organizationId: string, db: Db) => db.all(contracts, [organizationId])

/** Organisations by id, after `after`. */
export const listOrganizationIds = async (after: string | undefined, db: Database, limit: number) =>
  (
    await db.prisma.organization.findMany({
      ...(after === undefined ? {} : { where: { id: { gt: after } } }),
      select: { id: true },
      orderBy: { id: 'asc' },
      take: limit,
    })
  ).map(({ id }) => id)
