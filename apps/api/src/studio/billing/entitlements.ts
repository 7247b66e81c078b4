import type { Db } from '@aethex/shared/db'
import { notFound } from '@aethex/shared/errors'
import {
  type Agreement,
  Overrides,
  type TierName,
  tiers,
  withOverrides,
} from '@aethex/shared/tiers'
import { findAgreed, findOrganizationOf } from './subscription-store.js'

/** What an organisation may use now. Throws `not_found` for one that does not exist. */
export async function entitlementsOf(
  organizationId: string,
  db: Db,
  now = new Date(),
): Promise<Agreement> {
  const row = await findAgreed(organizationId, db, now)
  if (row === undefined) throw notFound()
  const tier = row.tier ?? 'free'
  const { valid_from: validFrom, valid_until: validUntil } = row
  return {
    organizationId,
    tier,
    ...withOverrides(
      tiers[tier],
      row.overrides === null ? undefined : Overrides.parse(row.overrides),
    ),
    priceMinor: row.price_minor ?? tiers[tier].price_minor,
    contract: validFrom === null ? undefined : { validFrom, validUntil },
  }
}

/** What the organisation of an environment may use now. Throws `not_found` for an environment that does not exist. */
export async function entitlementsOfEnvironment(
  environmentId: string,
  db: Db,
  now = new Date(),
): Promise<Agreement> {
  const organizationId = await findOrganizationOf(environmentId, db)
  if (organizationId === undefined) throw notFound()
  return entitlementsOf(organizationId, db, now)
}

/** The tier of the organisation that an environment belongs to. */
export const tierOf = async (environmentId: string, db: Db): Promise<TierName> =>
  (await entitlementsOfEnvironment(environmentId, db)).tier
