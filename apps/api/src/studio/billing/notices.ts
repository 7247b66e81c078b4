import type { Db } from '@aethex/shared/db'
import { grace, type Month, monthlyMeters, type Standing } from '@aethex/shared/tiers'
import type { Parts } from '../../gateway/context.js'
import type { LimitNews } from '../../gateway/usage.js'
import { tellStudio } from '../webhooks/service.js'
import { addNotice, listEnvironmentIds, listPaymasters } from './usage-store.js'

/** What telling somebody needs. */
export type Teller = Pick<Parts, 'db' | 'now' | 'publicUrl'> & {
  mail: Pick<Parts['mail'], 'queue'>
}

const sentence = ({ meter, percent, used, allowed }: LimitNews) => {
  const what = meter.replaceAll('_', ' ')
  const state = `Your organisation has used ${percent} % of its ${what}: ${used} of ${allowed}.`
  if (percent < 100) return state
  return `${state} ${grace.over_percent} % more are let through for at most ${grace.days} days.`
}

/** One letter to each owner and billing member, one event for each environment's endpoints: once a month and step. */
async function tell(
  { mail, now, publicUrl }: Teller,
  organizationId: string,
  tx: Db,
  month: Month,
  news: LimitNews,
): Promise<boolean> {
  const { meter, percent, used, allowed } = news
  if (!(await addNotice(organizationId, tx, { meter, month, percent, at: now() }))) return false
  for (const environmentId of await listEnvironmentIds(organizationId, tx)) {
    await tellStudio(tx, environmentId, 'usage.limit_reached', { limit: meter, used, allowed })
  }
  for (const { email, name } of await listPaymasters(organizationId, tx)) {
    await mail.queue(tx, {
      environmentId: null,
      to: email,
      template: 'member_notice',
      values: {
        title: `${percent} % of a limit are used`,
        message: sentence(news),
        name,
        link: `${publicUrl}/api/v1/billing/tiers`,
      },
    })
  }
  return true
}

/** What an organisation has to be told, and was not told yet this month. */
function untold({ agreement, used, told }: Standing): LimitNews[] {
  return monthlyMeters.flatMap(meter => {
    const allowed = agreement.limits[meter]
    if (allowed === null || used[meter] === 0) return []
    return grace.warnings_percent
      .filter(percent => used[meter] * 100 >= allowed * percent && !told.has(`${meter} ${percent}`))
      .map(percent => ({ meter, percent, used: used[meter], allowed }))
  })
}

/** Tells an organisation of the limits it comes near to or has reached. True when there was something to tell. */
export async function tellOfLimits(parts: Teller, standing: Standing): Promise<boolean> {
  const all = untold(standing)
  const { organizationId } = standing.agreement
  for (const news of all) {
    await parts.db.transaction(tx => tell(parts, organizationId, tx, standing.month, news))
  }
  return all.length > 0
}

/** The same for a limit that is not counted by the month, such as what one player may save. */
export const tellOfLimit = (parts: Teller, organizationId: string, month: Month, news: LimitNews) =>
  parts.db.transaction(tx => tell(parts, organizationId, tx, month, news))
